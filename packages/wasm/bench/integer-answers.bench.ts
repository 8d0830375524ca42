import type { BenchCase } from '@tfjs-optimize/benchmark';
import { backend } from '@tfjs-optimize/core';
import { integerForm } from '@tfjs-optimize/wasm/integer';
import * as tf from '@tensorflow/tfjs';
import { answersOn, INT8_NETWORKS, int8Of, upTo, type Int8Network } from './int8-networks.js';

/** Examples that a call takes. */
const BATCH = 50;

function largestOf(scores: Float32Array): number {
  return scores.indexOf(scores.reduce((a, b) => Math.max(a, b), -Infinity));
}

/** Examples whose scores our kernels give other bits than references, on every one that is there. */
function answersChanged(name: string, network: Int8Network): BenchCase {
  const id = `integer/${name}-answers-changed`;
  return {
    id,
    what: `examples for which ${network.title} in static int8 has other scores by our kernels than by references`,
    missing: network.missing,
    run: async ({ quick, progress }) => {
      await backend.use('wasm');
      const model = await int8Of(network);
      const examples = network.trying();
      const count = quick ? Math.min(100, examples.count) : examples.count;
      const answer = (on: string): Promise<Float32Array> =>
        answersOn(on, model, examples, upTo(count), BATCH, (done) => progress(`${on}: ${done} of ${count}`));
      const got = await answer('wasm');
      const form = integerForm() ?? 'no';
      const wanted = await answer('cpu');
      await tf.setBackend('wasm');
      model.dispose();
      const classes = wanted.length / count;
      const changed = upTo(count).map((i) => {
        const [a, b] = [got, wanted].map((all) => all.subarray(i * classes, (i + 1) * classes)) as [
          Float32Array,
          Float32Array,
        ];
        return {
          scores: a.some((score, j) => !Object.is(score, b[j])),
          answer: largestOf(a) !== largestOf(b),
        };
      });
      const value = changed.filter(({ scores }) => scores).length;
      const answers = changed.filter((one) => one.answer).length;
      const note = `${answers} have another class; ${form} int8 kernels, references on cpu`;
      return { id, value, low: value, high: value, unit: 'answers', n: count, target: { atMost: 0 }, note };
    },
  };
}

export const cases: readonly BenchCase[] = Object.entries(INT8_NETWORKS).map(([name, network]) =>
  answersChanged(name, network),
);
