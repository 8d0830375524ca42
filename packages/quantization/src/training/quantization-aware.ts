import {
  checkOptions,
  fail,
  Graph,
  nodeOf,
  optionKinds,
  type Model,
  type OptionKinds,
  type Progress,
  type ValueId,
} from '@tfjs-optimize/core';
import { calibrate } from '../calibrate/calibrate.js';
import type { CalibrationData } from '../calibrate/data.js';
import { rangesFact } from '../calibrate/ranges.js';
import type { Range } from '../numerics/qparams.js';
import type { Observer } from '../observers/observer.js';
import type { Selection } from '../select.js';
import { modelOf, requireFloat, requireModel, type ModelLike } from '../source.js';
import { chooseUnits } from '../static/choose.js';
import { findParameters } from '../static/parameters.js';
import { readUnits } from '../static/read.js';
import { splitActivations } from '../static/split.js';
import { isCompute } from '../static/units.js';
import type { WeightScales } from '../static/weights.js';
import { awareFact, type Aware } from './aware-fact.js';
import { FakeGraph, type Analysis } from './fake-graph.js';
import { foldedNorms, foldNorms, splitBiases } from './fold.js';
import { isTrainingOp, registerTrainingOps } from './ops.js';

/** Options of {@link quantizationAware}. */
export interface QuantizationAwareOptions extends Selection, Partial<WeightScales> {
  /** Examples that activations get their first ranges from, where the model has none; see `calibrate`. */
  readonly data?: CalibrationData;
  readonly observer?: Observer;
  readonly limit?: number;
  readonly seed?: number;
  readonly signal?: AbortSignal;
  readonly progress?: (event: Progress) => void;
  /** How much of a range a step of training keeps, from 0 to 1; 0.99 unless told. The rest is that of the batch. */
  readonly momentum?: number;
  /**
   * The share of all steps, from 0 to 1, after which ranges stay, so that weights can settle to them; 0.8 unless told. 0
   * keeps the first ones. Where `fit` knows no number of steps, ranges move in all of them.
   */
  readonly freezeRangesAfter?: number;
  /** Whether inputs and outputs of the integer model are floats, which they are unless told, or int8. */
  readonly io?: 'float' | 'int8';
}

const SUBJECT = 'quantizationAware';

const { anything, list, code, share, oneOf, either } = optionKinds;
const layers = either(list, code);

const OPTIONS: OptionKinds<QuantizationAwareOptions> = {
  ...{ include: layers, exclude: layers, momentum: share, freezeRangesAfter: share },
  ...{ granularity: oneOf('channel', 'tensor'), scaleType: oneOf('float32', 'bfloat16') },
  io: oneOf('float', 'int8'),
  // `calibrate` looks at these.
  ...{ data: anything, observer: anything, limit: anything, seed: anything },
  ...{ signal: anything, progress: anything },
};

/**
 * The model with fake quantization, for `fit` to train as it is (Jacob et al. 2018): it computes what the static int8 model
 * will. Where `quantizeStatic` would make something integer, values are rounded as the integer op rounds them,
 * straight-through: weights symmetric for each channel by scales that follow them at each step, biases to whole steps of
 * their products, activations affine by ranges that follow the batches as a moving average and then stay. Where a batch
 * normalization follows a kernel, the kernel is quantized as it will be once that is folded: by
 * scale / √(variance + epsilon) of what was seen, which is taken out of the sums again, so that the normalization trains as
 * before (Krishnamoorthi 2018, as PyTorch does). Train with `trainsBatchNorm: false` where the network was trained before: kernels
 * are then folded by averages that stay, and `fit` trains just what the integer model will compute.
 *
 * `quantizeTrained` makes the integer model of what `fit` gives; {@link withoutFakeQuant} gives the trained float model.
 *
 * @param source a model of floats, or anything that `loadModel` reads.
 * @returns the model with the facts `quantization/ranges` and `quantization/aware`.
 * @throws `quantization/data` where ranges are missing and there are no data; `graph/op` where nothing would become integer;
 *   `quantization/layer` for names that the model does not have; `model/stage` for integer models and for those that have
 *   fake quantization; `argument/invalid`; else as `calibrate`.
 */
export async function quantizationAware(
  source: ModelLike,
  options: QuantizationAwareOptions = {},
): Promise<Model<'float'>> {
  checkOptions<QuantizationAwareOptions>(options, OPTIONS, { where: SUBJECT });
  const { momentum = 0.99, freezeRangesAfter: until = 0.8, io = 'float' } = options;
  const { granularity = 'channel', scaleType = 'bfloat16' } = options;
  const given = await modelOf(source);
  requireFloat(given, SUBJECT);
  refuseAware(given);
  const model = splitBiases(splitActivations(given));
  const folded = foldNorms(model);
  const reading = readUnits(folded);
  const { include, exclude } = options;
  // All that matters for the choice is which ranges there are: all that it asks for will be.
  const chosen = chooseUnits(folded, reading, { include, exclude, io, ranges: () => ({ min: -1, max: 1 }) });
  if (!chosen.units.some(isCompute)) {
    fail('graph/op', {
      subject: SUBJECT,
      expected: 'a layer that multiplies by weights',
      got: 'none that is selected and has an integer form',
    });
  }
  const needed = [
    ...chosen.inputs,
    ...chosen.units.flatMap(({ inputs, outputs }) => [...inputs, ...outputs]),
  ];
  const values = [...new Set(needed)].filter((value) => reading.constants.of(value) === undefined);
  const calibrated = await withRanges(model, values, options);
  const found = calibrated.facts.need(rangesFact).values;
  const ranges = (value: ValueId): Range | undefined => found.get(value);
  const analysis: Analysis = {
    reading,
    choice: chosen,
    parameters: findParameters(chosen, reading.constants, ranges),
    norms: foldedNorms(model),
  };
  const built = new FakeGraph(
    calibrated,
    analysis,
    ranges,
    { momentum, until },
    { granularity, scaleType, io },
  ).build();
  registerTrainingOps();
  return built.model.with({ facts: built.model.facts.with(awareFact, built.aware) });
}

function refuseAware(model: Model): void {
  if (!model.facts.has(awareFact)) return;
  fail('model/stage', {
    subject: SUBJECT,
    expected: 'a model without fake quantization',
    got: 'one that has it already',
    advice: 'Train it as it is, or take it out by withoutFakeQuant first',
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

/** What the model says of its fake quantization. @throws `pass/needs` where it has none. */
export function awareOf(model: Model, subject: string): Aware {
  requireModel(model, subject);
  const aware = model.facts.get(awareFact);
  if (aware !== undefined) return aware;
  return fail('pass/needs', {
    subject,
    expected: 'a model with fake quantization, or one that was trained with it',
    got: 'one without',
    advice:
      'Make it by quantizationAware and train that; of a file, load it with restoreFacts(model, [rangesFact, awareFact])',
  });
}

/**
 * The float model that was trained with fake quantization: its graph as it was before, its weights as they are now. The fact
 * `quantization/ranges` tells the ranges that were trained with.
 *
 * @throws `pass/needs` for a model without fake quantization.
 */
export function withoutFakeQuant(model: Model<'float'>): Model<'float'> {
  const { groups, constants } = awareOf(model, 'withoutFakeQuant');
  const { graph, signature, weights, facts } = model;
  const own = new Set(constants);
  const behind = (value: ValueId): ValueId => {
    const node = graph.get(nodeOf(value));
    return node !== undefined && isTrainingOp(node.op) ? behind(node.inputs[0] as ValueId) : value;
  };
  const nodes = [...graph]
    .filter(({ name, op }) => !isTrainingOp(op) && !own.has(name))
    .map((node) => ({ ...node, inputs: node.inputs.map(behind) }));
  const outputs = signature.outputs.map((port) => ({ ...port, value: behind(port.value) }));
  const before = facts.need(rangesFact);
  const values = new Map(before.values);
  for (const { members, weight } of groups) {
    const [min, max] = weights.need(weight).numbers() as unknown as readonly [number, number];
    for (const value of members) values.set(value, { min, max });
  }
  return model.with({
    graph: new Graph(nodes, graph.inputs, graph.outputs.map(behind), graph.extras),
    weights: weights.with(new Map(constants.map((name) => [name, undefined]))),
    signature: { ...signature, outputs },
    facts: facts.without(awareFact).with(rangesFact, { ...before, values }),
  });
}
