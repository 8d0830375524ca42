import { attr, fail, getAttr, type Model, type Node, type Progress, type ValueId } from '@tfjs-optimize/core';
import { calibrate, refuseIntegers } from '../calibrate/calibrate.js';
import type { CalibrationData } from '../calibrate/data.js';
import { rangesFact } from '../calibrate/ranges.js';
import { chainOf } from '../fake/chain.js';
import { fakeQuantAttrs, insertBetween, removeBetween, type Between } from '../fake/insert.js';
import { channelAxes, operandsOf } from '../fake/kernels.js';
import { FAKE_QUANT, UNFOLD } from '../fake/op.js';
import { INT8, INT8_NARROW, qparams } from '../numerics/qparams.js';
import type { Observer } from '../observers/observer.js';
import type { Selection } from '../select.js';
import { quantizedLayers, valuesOf } from '../sensitivity/plan.js';

/** Options of {@link quantizationAware}. */
export interface QuantizationAwareOptions extends Selection {
  /** Examples that activations get their ranges from, where the model has none; see `calibrate`. */
  readonly data?: CalibrationData;
  readonly observer?: Observer;
  readonly limit?: number;
  readonly seed?: number;
  readonly signal?: AbortSignal;
  readonly progress?: (event: Progress) => void;
}

const SUBJECT = 'quantizationAware';

/**
 * The model with fake quantization, for `fit` to train as it is (Jacob et al. 2018): weights symmetric for each channel, by
 * scales that follow them at each step; activations affine, by ranges that were measured before and stay. Where a batch
 * normalization follows a kernel, the kernel is quantized as it will be once that is folded: by scale / √(variance +
 * epsilon) of what was seen, which is taken out of the sums again, so that the normalization trains as before
 * (Krishnamoorthi 2018, as PyTorch does). {@link withoutFakeQuant} gives the trained float model back.
 *
 * @returns the model with the fact `quantization/ranges`.
 * @throws `quantization/data` where ranges are missing and there are no data; else as `calibrate` and `sensitivity`.
 */
export async function quantizationAware(
  model: Model,
  options: QuantizationAwareOptions = {},
): Promise<Model<'float'>> {
  refuseIntegers(model, SUBJECT);
  const layers = quantizedLayers(model, options, SUBJECT);
  if (layers.length === 0) {
    fail('graph/op', {
      subject: SUBJECT,
      expected: 'a layer that multiplies by weights',
      got: 'none that is selected',
    });
  }
  const calibrated = await withRanges(model, valuesOf(layers), options);
  const { values } = calibrated.facts.need(rangesFact);
  const between = new Map<string, Between>();
  const known = new Map<string, boolean>();
  for (const { kernels, activations } of layers) {
    for (const node of kernels) kernelParts(model, node, known, between);
    for (const { value } of activations) {
      const range = values.get(value);
      if (range === undefined) continue;
      const { scale, zeroPoint } = qparams(range, INT8);
      const params = { ...INT8, scales: [scale], zeroPoints: [zeroPoint], rounding: 'away' } as const;
      between.set(`value ${value}`, {
        value,
        op: FAKE_QUANT,
        suffix: 'fake_quant',
        attrs: fakeQuantAttrs(params),
      });
    }
  }
  return insertBetween(calibrated as Model<'float'>, [...between.values()]);
}

/** Puts down the fake quantization of a kernel, and what takes a factor out of the sums behind it. */
function kernelParts(
  model: Model,
  node: Node,
  known: Map<string, boolean>,
  between: Map<string, Between>,
): void {
  const value = node.inputs[operandsOf(node).kernel] as ValueId;
  const params = fakeQuantAttrs({ ...INT8_NARROW, axes: channelAxes(node) });
  const { norm } = chainOf(model, node, known);
  const [, scale, , , variance] = norm?.inputs ?? [];
  const folds = norm !== undefined && scale !== undefined && variance !== undefined;
  const epsilon = { epsilon: attr.float((norm && getAttr(norm, 'epsilon', 'float')) ?? 0.001) };
  const more = folds ? [scale, variance] : undefined;
  between.set(`kernel ${node.name}`, {
    value,
    users: new Set([node.name]),
    op: FAKE_QUANT,
    suffix: 'fake_quant',
    more,
    attrs: folds ? { ...params, ...epsilon } : params,
  });
  if (!folds) return;
  between.set(`unfold ${node.name}`, {
    value: node.name,
    op: UNFOLD,
    suffix: 'unfold',
    more,
    attrs: epsilon,
  });
}

/** The model with the ranges that are needed, measured where it has none. */
async function withRanges(
  model: Model,
  values: readonly ValueId[],
  options: QuantizationAwareOptions,
): Promise<Model> {
  const before = model.facts.get(rangesFact)?.values;
  const missing = values.filter((value) => before?.has(value) !== true);
  if (missing.length === 0) return model;
  const { data, observer, limit, seed, signal, progress } = options;
  if (data === undefined) {
    return fail('quantization/data', {
      subject: SUBJECT,
      expected: 'data, or a model whose ranges are known',
      got: `no range of '${missing[0] ?? ''}'`,
      advice: 'Give {data}, or calibrate first',
    });
  }
  return calibrate(model, {
    data,
    values: missing,
    ...(observer !== undefined && { observer }),
    ...(limit !== undefined && { limit }),
    ...(seed !== undefined && { seed }),
    ...(signal !== undefined && { signal }),
    ...(progress !== undefined && { progress }),
  });
}

/** The float model that was trained with fake quantization: its graph as it was before, its weights as they are now. */
export function withoutFakeQuant(model: Model<'float'>): Model<'float'> {
  return removeBetween(model, new Set([FAKE_QUANT, UNFOLD]));
}
