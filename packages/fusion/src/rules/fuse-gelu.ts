import { any, attr, op, oneOf, replaceBy, type Pattern, type Rule } from '@tfjs-optimize/core';
import { near } from './near.js';

const X = any('x');
const ADD = ['AddV2', 'Add'];
const product = (a: Pattern, b: Pattern): Pattern => op('Mul', { inputs: [a, b], anyOrder: true });

const CUBE = oneOf(
  op('Pow', { inputs: [X, near(3)] }),
  product(X, oneOf(product(X, X), op('Square', { inputs: [X] }))),
);
const ERF = op('Erf', {
  as: 'gate',
  inputs: [oneOf(product(X, near(Math.SQRT1_2)), op('RealDiv', { inputs: [X, near(Math.SQRT2)] }))],
});
const TANH = op('Tanh', {
  as: 'gate',
  inputs: [
    product(
      near(Math.sqrt(2 / Math.PI)),
      op(ADD, { inputs: [X, product(near(0.044715), CUBE)], anyOrder: true }),
    ),
  ],
});
const OPEN = op(ADD, { inputs: [oneOf(ERF, TANH), near(1)], anyOrder: true });
const HALF = near(0.5);

/**
 * GELU as one op:
 *
 *     x · ½ · (1 + erf(x / √2)),   x · ½ · (1 + tanh(√(2/π) · (x + 0.044715 x³)))
 *
 * with the factors in any order. The op is one of `@tfjs-optimize/wasm`, which has to be imported where the model runs.
 */
export function fuseGelu(): Rule {
  return {
    name: 'fuse-gelu',
    identity: 'x · ½ · (1 + erf(x / √2)) = gelu(x)',
    takes: 'GELU',
    pattern: oneOf(
      product(product(X, HALF), OPEN),
      product(HALF, product(X, OPEN)),
      product(X, product(HALF, OPEN)),
    ),
    apply: (match) =>
      replaceBy('TfjsOptimizeGelu', [match.value('x')], {
        T: attr.type('float32'),
        approximate: attr.bool(match.node('gate').op === 'Tanh'),
      }),
  };
}
