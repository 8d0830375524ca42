import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { Weight, type Model } from '@tfjs-optimize/core';
import { foldConstants } from '../../src/channels/constants/fold.js';
import { Cut } from '../../src/channels/cut.js';
import { remove } from '../../src/channels/remove.js';
import { channelsOf } from '../../src/channels/groups.js';
import type { PrunedChannels } from '../../src/index.js';

/** The model with the weights at zero that make the channels which a pruning (of one iteration) removed. */
export function zeroed(model: Model<'float'>, { steps }: PrunedChannels): Model<'float'> {
  const { groups } = channelsOf(model);
  const changes = new Map<string, Weight>();
  for (const { name, removed } of steps[0] ?? []) {
    const group = groups.find((one) => one.name === name);
    if (group === undefined) throw new Error(`no group ${name}`);
    const gone = new Set(removed.map((i) => group.units[i] as number));
    for (const { weight, axis, first, roots } of group.members) {
      if (first.side !== 'out') continue;
      const given = changes.get(weight) ?? model.weights.need(weight);
      const { shape } = given;
      const step = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
      const values = Float32Array.from(given.numbers(), (value, at) =>
        gone.has(roots[Math.floor(at / step) % roots.length] as number) ? 0 : value,
      );
      changes.set(weight, Weight.of(values, shape));
    }
  }
  return model.with({ weights: model.weights.with(changes) });
}

/** The same channels removed from another model of the same structure. */
export function prunedAlike(model: Model<'float'>, { steps }: PrunedChannels): Model<'float'> {
  const channels = channelsOf(model);
  const choices = (steps[0] ?? []).map(({ name, removed }) => {
    const group = channels.groups.find((one) => one.name === name);
    if (group === undefined) throw new Error(`no group ${name}`);
    return { group, removed, importance: undefined };
  });
  const units = choices.flatMap(({ group, removed }) => removed.map((i) => group.units[i] as number));
  const cut = new Cut(channels.coupling, units);
  const { graph, weights } = remove(foldConstants(channels, { choices, cut }).model, channels.coupling, cut);
  return model.with({ graph, weights });
}

/** Fails unless two models give the same for the same inputs, but for rounding: 1e-4 of the largest output. */
export async function expectSame(
  wanted: Model,
  got: Model,
  inputs: readonly tf.Tensor[],
  what: string,
): Promise<void> {
  const [a, b] = [await wanted.runAsync([...inputs]), await got.runAsync([...inputs])];
  a.forEach((tensor, i) => {
    const other = b[i] as tf.Tensor;
    expect(other.shape, what).to.deep.equal(tensor.shape);
    const [x, y] = [Array.from(tensor.dataSync()), other.dataSync()];
    const most = x.reduce((max, value) => Math.max(max, Math.abs(value)), 1);
    x.forEach((value, at) => {
      const difference = Math.abs(value - (y[at] as number));
      expect(difference <= 1e-4 * most, `${what}: output ${i}[${at}] is ${y[at]}, not ${value}`).to.equal(
        true,
      );
    });
  });
  tf.dispose([a, b]);
  wanted.dispose();
  got.dispose();
}
