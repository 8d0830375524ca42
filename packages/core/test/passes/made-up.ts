import { GraphBuilder } from '../../src/graph/builder.js';
import type { Fact } from '../../src/facts.js';
import type { Model } from '../../src/model.js';
import type { Pass } from '../../src/pass.js';
import { Weight } from '../../src/weights.js';

/** y = x · w for one number x, with w of the values given. */
export function vectorModel(values: readonly number[]): Model {
  const b = new GraphBuilder();
  const x = b.input('x', [-1, 1]);
  const w = b.constant('w', Float32Array.from(values), [1, values.length]);
  b.output(b.op('MatMul', [x, w], { transpose_a: false, transpose_b: false }, 'y'));
  return b.build();
}

export function valuesOf(model: Model): number[] {
  return [...model.weights.need('w').numbers()];
}

/** A model with the weight's values mapped. */
export function mapped(model: Model, change: (value: number, index: number) => number): Model {
  const values = Float32Array.from(valuesOf(model), change);
  return model.with({ weights: model.weights.with(new Map([['w', Weight.of(values, [1, values.length])]])) });
}

/** Adds a number to every value; 0 changes nothing. */
export function add(by: number, extra: Partial<Pass> = {}): Pass {
  return {
    name: 'test/add',
    options: { by },
    run: (model) =>
      Promise.resolve({
        model: by === 0 ? model : mapped(model, (value) => value + by),
        changed: by !== 0,
        notes: by === 0 ? [] : [{ level: 'info', kind: 'did', message: `added ${by}` }],
      }),
    ...extra,
  };
}

/** The values are not above a bound. */
export const bounded: Fact<number> = {
  name: 'test/bounded',
  check: (model, bound) =>
    valuesOf(model).some((value) => value > bound)
      ? [{ subject: 'w', message: `a value above ${bound}` }]
      : [],
};

/** The first value is zero. */
export const zeroFirst: Fact<true> = {
  name: 'test/zero-first',
  check: (model) => (valuesOf(model)[0] === 0 ? [] : [{ subject: 'w', message: 'its first value is not 0' }]),
};
