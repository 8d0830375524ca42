import {
  fail,
  inferShapes,
  opRow,
  OpView,
  outputCount,
  parameterNames,
  valueId,
  type InferredShapes,
  type LayersOptions,
  type Model,
  type Shape,
  type TensorType,
} from '@tfjs-optimize/core';
import type { Channels } from './groups.js';
import type { Cut } from './cut.js';

/** What a model costs. */
export interface ChannelFigures {
  readonly parameters: number;
  /** Multiply-accumulates and operations of one example; undefined where sizes of the input are not known. */
  readonly macs: number | undefined;
  readonly flops: number | undefined;
  /** Bytes of all weights as they are stored. */
  readonly bytes: number;
}

/** Counts what is left of a model after a cut without making it. */
export type Counter = (cut: Cut) => ChannelFigures;

/**
 * A counter for one example: unknown first sizes of inputs are 1.
 * @param inputShapes shapes of inputs whose other sizes are unknown, by name.
 * @throws `argument/invalid` for names that no input has, and shapes that do not fit.
 */
export function counterOf(
  channels: Channels,
  inputShapes: LayersOptions['inputShapes'] | undefined,
  subject: string,
): Counter {
  const { model, coupling } = channels;
  const types = inferShapes(model.graph, model.weights, shapesOf(model, inputShapes ?? {}, subject));
  const parameters = parameterNames(model);
  return (cut) => {
    const sizeOf = (value: string, shape: Shape): Shape => {
      const labels = coupling.labels.get(value);
      return shape.map((size, at) => cut.left(labels?.[at] ?? null, size));
    };
    let [count, bytes] = [0, 0];
    for (const [name, weight] of model.weights) {
      const size = sizeOf(name, weight.shape).reduce((a, b) => a * b, 1);
      if (parameters.has(name)) count += size;
      bytes += weight.size === 0 ? weight.storedBytes : (weight.storedBytes * size) / weight.size;
    }
    return { parameters: count, bytes: Math.round(bytes), ...work(model, types, sizeOf) };
  };
}

/** Shapes of inputs for one example. */
function shapesOf(
  { signature: { inputs } }: Model,
  given: NonNullable<LayersOptions['inputShapes']>,
  subject: string,
): Map<string, Shape> {
  const names = inputs.flatMap(({ key, value }) => [key, value]);
  const strange = Object.keys(given).find((name) => !names.includes(name));
  if (strange !== undefined) {
    fail('argument/invalid', {
      subject: `${subject}: inputShapes['${strange}']`,
      expected: `the name of an input (${inputs.map(({ key }) => key).join(', ')})`,
      got: 'a name that none has',
    });
  }
  return new Map(
    inputs.flatMap(({ key, value, shape }) => {
      const own = (given[key] ?? given[value])?.map((size) => size ?? -1) ?? shape;
      if (own === undefined) return [];
      if (shape !== undefined && !isWithin(own, shape)) {
        fail('argument/invalid', {
          subject: `${subject}: inputShapes['${key}']`,
          expected: `a shape that fits [${shape.join(',')}]`,
          got: `[${own.join(',')}]`,
          advice: 'Change sizes only where the model leaves them open (-1)',
        });
      }
      return [[value, own.map((size, at) => (size < 0 && at === 0 ? 1 : size))] as const];
    }),
  );
}

function isWithin(own: Shape, shape: Shape): boolean {
  return own.length === shape.length && shape.every((size, at) => size < 0 || size === own[at]);
}

function work(
  { graph }: Model,
  types: InferredShapes,
  sizeOf: (value: string, shape: Shape) => Shape,
): Pick<ChannelFigures, 'macs' | 'flops'> {
  const typeOf = (value: string): TensorType => {
    const type = types.type(value);
    return { ...type, shape: type.shape && sizeOf(value, type.shape) };
  };
  let [macs, flops] = [0, 0];
  for (const node of graph) {
    const rule = opRow(node.op)?.work;
    if (rule?.kind !== 'counted') continue;
    const outputs = Array.from({ length: outputCount(node) ?? 1 }, (_, i) => typeOf(valueId(node.name, i)));
    const found = rule.count(new OpView(node, node.inputs.map(typeOf), outputs));
    if (found === undefined) {
      // Other arithmetic may stay uncounted; that of products is what it is about.
      if (isProduct(node.op)) return { macs: undefined, flops: undefined };
      continue;
    }
    macs += found.macs;
    flops += found.flops;
  }
  return { macs, flops };
}

function isProduct(op: string): boolean {
  return /Conv|MatMul|Einsum/.test(op);
}
