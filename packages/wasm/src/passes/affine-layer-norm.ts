import {
  Weight,
  any,
  constant,
  decline,
  op,
  oneOf,
  replaceBy,
  type Match,
  type Outcome,
  type Rule,
  type RuleContext,
} from '@tfjs-optimize/core';
import { LAYER_NORM } from '../kernels/norm/layer-norm.js';
import { product } from './scalars.js';
import type { ShapeOf } from './shapes.js';
import { columnsOf } from './vectors.js';

const NORM = op(LAYER_NORM, { as: 'norm', inputs: [any('x'), constant('scale'), constant('offset')] });
const BY = constant('by');

/** Moves a factor for each column into the layer norm in front of it: (n·s + o)·c = n·(s·c) + o·c. */
export function scaleLayerNorm(shapeOf: ShapeOf): Rule {
  return {
    name: 'scale-layer-norm',
    identity: 'layerNorm(x, s, o) · c = layerNorm(x, s·c, o·c)',
    pattern: product(NORM, BY),
    apply: (match, context) => moved(match, context, shapeOf, (s, o, c) => [s * c, o * c]),
  };
}

/** Moves an addend for each column into the layer norm in front of it: (n·s + o) + c = n·s + (o + c). */
export function shiftLayerNorm(shapeOf: ShapeOf): Rule {
  return {
    name: 'shift-layer-norm',
    identity: 'layerNorm(x, s, o) + c = layerNorm(x, s, o + c)',
    pattern: oneOf(
      op(['AddV2', 'Add'], { inputs: [NORM, BY], anyOrder: true }),
      op('BiasAdd', { inputs: [NORM, BY] }),
    ),
    apply: (match, context) => moved(match, context, shapeOf, (s, o, c) => [s, o + c]),
  };
}

/** Of BiasAdd too, whose bias is along the last axis: TensorFlow.js adds it so whatever its format. */
function moved(
  match: Match,
  context: RuleContext,
  shapeOf: ShapeOf,
  by: (scale: number, offset: number, c: number) => readonly [number, number],
): Outcome {
  const norm = match.node('norm');
  const [scales, offsets] = [match.weight('scale'), match.weight('offset')];
  const rank = shapeOf(match.value('x'))?.length ?? 1;
  const columns = scales.size;
  const factors = columnsOf(match.weight('by'), columns, rank);
  if (factors === undefined) return decline('has a constant that is not one number a column', match.root);
  const [s, o] = [scales.numbers(), offsets.numbers()];
  const [scale, offset] = [new Float32Array(columns), new Float32Array(columns)];
  for (let i = 0; i < columns; i++) {
    [scale[i], offset[i]] = by(s[i] as number, o[i] as number, factors[i] as number) as [number, number];
  }
  if (![...scale, ...offset].every(Number.isFinite))
    return decline('its scale or offset would not be finite');
  const store = (values: Float32Array, name: 'scale' | 'offset'): string =>
    context.constant(Weight.of(values, [columns]), {
      name: match.value(name),
      instead: match.value(name),
    });
  return replaceBy(
    LAYER_NORM,
    [match.value('x'), store(scale, 'scale'), store(offset, 'offset')],
    norm.attrs,
  );
}
