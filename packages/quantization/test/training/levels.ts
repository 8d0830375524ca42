import { nodeOf, runKeepingAll, type Model, type ModelInputs } from '@tfjs-optimize/core';

/** How int8 values that fake quantization predicted compare with those of the integer model. */
export interface Compared {
  readonly values: number;
  /** How many differ. */
  readonly differing: number;
  /** The greatest difference in steps. */
  readonly most: number;
}

/**
 * Compares every int8 value of an integer model with what the model that predicts it has in its place, by the name of the
 * value.
 * @param asInteger what the integer model takes for these inputs.
 */
export async function compareLevels(
  aware: Model,
  integer: Model,
  inputs: ModelInputs,
  asInteger: ModelInputs = inputs,
): Promise<ReadonlyMap<string, Compared>> {
  const actual = await runKeepingAll(
    integer,
    asInteger,
    (kept) =>
      new Map(
        kept.map(({ node, tensor }) => [node, tensor.dtype === 'int32' ? tensor.dataSync() : undefined]),
      ),
  );
  return runKeepingAll(aware, inputs, (kept) => {
    const found = new Map(
      kept.map(({ node, index, tensor }) => [index === 0 ? node : `${node}:${index}`, tensor.dataSync()]),
    );
    const compared = new Map<string, Compared>();
    for (const { name, op, inputs: from } of aware.graph) {
      if (op !== 'TfjsOptimizeFakeActivation') continue;
      const [x = '', scale = '', zeroPoint = ''] = from;
      const levels = actual.get(`${x}/int8`) ?? actual.get(nodeOf(x));
      if (levels === undefined) continue;
      const number = (value: string): number =>
        (aware.weights.get(value)?.numbers()[0] ?? found.get(value)?.[0]) as number;
      const [step, zero] = [number(scale), number(zeroPoint)];
      const predicted = found.get(name) as Float32Array;
      let [differing, most] = [0, 0];
      predicted.forEach((value, i) => {
        const difference = Math.abs(Math.round(value / step) + zero - (levels[i] as number));
        if (difference > 0) differing++;
        most = Math.max(most, difference);
      });
      compared.set(x, { values: predicted.length, differing, most });
    }
    return compared;
  });
}
