import type { Model } from '@tfjs-optimize/core';
import { rangesFact } from '../calibrate/ranges.js';
import { quantizedResult, type Quantized } from '../result.js';
import { convertStatic } from '../static/convert.js';
import { foldNorms } from './fold.js';
import { awareOf, withoutFakeQuant } from './quantization-aware.js';

/**
 * The static int8 model of one that was trained with fake quantization, which predicted it: batch normalizations are folded,
 * and what `quantizationAware` chose becomes integer by the ranges that were trained with. It computes what the given
 * model computes; int8 values differ by a step where the float32 sums of that come next to a half.
 *
 * @throws `pass/needs` for a model without fake quantization; `quantization/range` for weights that are not finite.
 */
export function quantizeTrained(model: Model<'float'>): Quantized {
  const { nodes, granularity, scaleType, io } = awareOf(model, 'quantizeTrained');
  const float = withoutFakeQuant(model);
  const { values } = float.facts.need(rangesFact);
  const chosen = new Set(nodes);
  const result = convertStatic(foldNorms(float), (value) => values.get(value), {
    exclude: ({ name }) => !chosen.has(name),
    granularity,
    scaleType,
    io,
  });
  return quantizedResult(float, result);
}
