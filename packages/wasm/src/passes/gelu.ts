import { any, attr, decline, op, oneOf, replaceBy, type Pattern, type Rule } from '@tfjs-optimize/core';
import { GELU } from '../kernels/elementwise/gelu.js';
import type { ShapeOf } from './shapes.js';
import { keepsRank, plus, product, scalar, squared, times } from './scalars.js';

const X = any('x');
const ROOT = Math.sqrt(2 / Math.PI);
const CUBIC = 0.044715;

/** c · x³, the factor anywhere among the three. */
function cube(factor: number): Pattern {
  const power = oneOf(product(squared(X), X), op('Pow', { inputs: [X, scalar(3)] }));
  return oneOf(
    times(power, factor),
    product(times(squared(X), factor), X),
    product(product(times(X, factor), X), X),
    product(times(X, factor), squared(X)),
  );
}

/** √(2/π) · (x + 0.044715 x³), with √(2/π) outside or inside the brackets, or x outside. */
const INNER = oneOf(
  times(plus(X, cube(CUBIC)), ROOT),
  plus(times(X, ROOT), cube(ROOT * CUBIC)),
  product(times(X, ROOT), plus(times(squared(X), CUBIC), scalar(1))),
  times(product(X, plus(times(squared(X), CUBIC), scalar(1))), ROOT),
  product(times(X, ROOT), plus(product(times(X, CUBIC), X), scalar(1))),
  product(X, plus(times(squared(X), ROOT * CUBIC), scalar(ROOT))),
);

const SIGMOIDAL = oneOf(
  op('Erf', { inputs: [times(X, Math.SQRT1_2)] }),
  op('Tanh', { as: 'tanh', inputs: [INNER] }),
);
const ONE_PLUS = plus(SIGMOIDAL, scalar(1));

/**
 * x · Φ(x) with the normal distribution Φ as one op:
 *
 *     ½ x · (1 + erf(x / √2)) = gelu(x),   ½ x · (1 + tanh(√(2/π) · (x + 0.044715 x³))) ≈ gelu(x)
 *
 * with the factors in any order.
 */
export function fuseGelu(shapeOf: ShapeOf): Rule {
  return {
    name: 'fuse-gelu',
    identity: '½ x · (1 + erf(x / √2)) = gelu(x)',
    pattern: oneOf(
      product(times(X, 0.5), ONE_PLUS),
      product(X, oneOf(times(ONE_PLUS, 0.5), plus(times(SIGMOIDAL, 0.5), scalar(0.5)))),
      times(product(X, ONE_PLUS), 0.5),
    ),
    apply: (match, context) => {
      const x = match.value('x');
      if (!keepsRank(match, shapeOf(x), context)) return decline('its constants may have more axes than x');
      return replaceBy(GELU, [x], { T: attr.type('float32'), approximate: attr.bool(match.has('tanh')) });
    },
  };
}
