import * as tf from '@tensorflow/tfjs';
import {
  attr,
  breathe,
  checkOptions,
  checkInputs,
  disposeBatch,
  executorOf,
  fail,
  Graph,
  makeNode,
  optionKinds,
  Random,
  Weight,
  type Model,
  type Node,
  type OptionKinds,
  type Progress,
  type ValueId,
} from '@tfjs-optimize/core';
import { calibrationSource, type CalibrationData } from '../calibrate/data.js';
import { rangesFact } from '../calibrate/ranges.js';
import { Rescaler } from '../equalize/scale.js';
import type { Range } from '../numerics/qparams.js';
import type { Selection } from '../select.js';
import { requireFloat } from '../source.js';
import { chooseUnits } from '../static/choose.js';
import { Names } from '../static/names.js';
import { readUnits } from '../static/read.js';
import type { LinearUnit } from '../static/units.js';
import { quantizeLinear, type WeightScales } from '../static/weights.js';

/** Options of {@link correctBias}. */
export interface CorrectBiasOptions extends Selection, Partial<WeightScales> {
  /** Examples like those that the model will see. */
  readonly data: CalibrationData;
  /** Examples at once, where data lie in memory; 8 unless told. */
  readonly batchSize?: number;
  /** Examples at most; 64 unless told. */
  readonly limit?: number;
  /** Draws the order of data in memory; 0 unless told. */
  readonly seed?: number;
  readonly signal?: AbortSignal;
  readonly progress?: (event: Progress) => void;
}

const SUBJECT = 'correctBias';

const { anything, list, code, either, oneOf } = optionKinds;
const OPTIONS: OptionKinds<CorrectBiasOptions> = {
  ...{ include: either(list, code), exclude: either(list, code) },
  ...{ granularity: oneOf('channel', 'tensor'), scaleType: oneOf('float32', 'bfloat16') },
  ...{ data: anything, batchSize: anything, limit: anything, seed: anything },
  ...{ signal: anything, progress: anything },
};

/**
 * Changes biases so that the mean of each output channel over data, in front of its activation, is what it was before weights
 * were rounded to int8 (empirical bias correction: Nagel et al. 2019, section 4.2). Layer by layer, the corrected ones in
 * front of it rounded, so that what is left of an error is corrected behind it.
 *
 * The weights stay float: convert the result, with the same selection. Layers that are not chosen, or whose ranges are not
 * known where the model carries ranges, stay float: they are not rounded here. Layers without a bias stay as they are. Ranges that the model carries stay,
 * since they are what the layers should give.
 *
 * @throws `quantization/data` without data; `quantization/layer` for names that the model does not have; `model/stage` for
 *   integer models; `aborted`.
 */
export async function correctBias(model: Model, options: CorrectBiasOptions): Promise<Model> {
  checkOptions<CorrectBiasOptions>(options, OPTIONS, { where: SUBJECT });
  const { granularity = 'channel', scaleType = 'bfloat16', signal, progress } = options;
  requireFloat(model, SUBJECT);
  const reading = readUnits(model);
  const { include, exclude } = options;
  const known = model.facts.get(rangesFact)?.values;
  const ranges = (value: ValueId): Range | undefined =>
    known === undefined ? { min: -1, max: 1 } : known.get(value);
  const chosen = chooseUnits(model, reading, { include, exclude, io: 'float', ranges });
  const units = chosen.units.filter(isCorrectable);
  if (units.length === 0) return model;
  const batches = await batchesOf(model, options);
  const means = new Means(model, units);
  const rounded = new Rescaler(model, reading);
  for (const unit of units) rounded.setKernel(unit, roundedKernel(unit, { granularity, scaleType }));
  const corrected = new Rescaler(model, reading);
  try {
    const wanted = await means.of(model, batches, units);
    for (const [at, unit] of units.entries()) {
      await breathe(signal, SUBJECT);
      const [found] = await means.of(rounded.finish(), batches, [unit]);
      const bias = rounded.bias(unit).map((b, c) => b + ((wanted[at]?.[c] ?? 0) - (found?.[c] ?? 0)));
      rounded.setBias(unit, bias);
      corrected.setBias(unit, bias);
      progress?.({ task: SUBJECT, done: at + 1, total: units.length });
    }
  } finally {
    tf.dispose(batches);
  }
  return corrected.finish();
}

function isCorrectable(unit: { readonly kind: string }): unit is LinearUnit {
  return unit.kind === 'linear' && (unit as LinearUnit).bias !== undefined;
}

/** The kernel as its int8 version stands for it. */
function roundedKernel(unit: LinearUnit, how: WeightScales): Float32Array {
  const { kernel, scales } = quantizeLinear({ ...unit, bias: undefined }, 1, how);
  return Float32Array.from(kernel, (q, i) => q * (scales[i % unit.channels] as number));
}

/** Inputs of the model by key, a batch after the other. */
async function batchesOf(
  model: Model,
  { data, batchSize = 8, limit = 64, seed = 0 }: CorrectBiasOptions,
): Promise<Record<string, tf.Tensor>[]> {
  const source = calibrationSource(data, SUBJECT);
  const random = Random.of(seed).fork('quantization/correct-bias');
  const batches: Record<string, tf.Tensor>[] = [];
  let count = 0;
  for await (const batch of source.batches(0, { batchSize, random })) {
    const inputs = checkInputs(model.signature, batch.inputs);
    batches.push(Object.fromEntries(Object.entries(inputs).map(([key, tensor]) => [key, tensor.clone()])));
    count += Object.values(inputs)[0]?.shape[0] ?? 1;
    disposeBatch(batch);
    if (count >= limit) break;
  }
  if (count === 0) {
    fail('quantization/data', {
      subject: SUBJECT,
      expected: 'at least one example',
      got: 'none',
      advice: 'An iterator can be read once only: give a function that makes one',
    });
  }
  return batches;
}

/** Measures means of channels in front of activations, by nodes that stand beside those of a model. */
class Means {
  private readonly values = new Map<LinearUnit, ValueId>();
  private readonly added: Node[] = [];
  private readonly axes = new Map<string, Weight>();

  constructor(model: Model, units: readonly LinearUnit[]) {
    const names = new Names(model);
    for (const unit of units) {
      const axes = names.take(`${unit.node.name}/mean/axes`);
      const count = unit.op === 'MatMul' ? 1 : 3;
      this.axes.set(
        axes,
        Weight.of(
          Int32Array.from({ length: count }, (_, i) => i),
          [count],
        ),
      );
      this.added.push(makeNode({ name: axes, op: 'Const', attrs: { dtype: attr.type('int32') } }));
      const mean = names.take(`${unit.node.name}/mean`);
      this.added.push(makeNode({ name: mean, op: 'Mean', inputs: [this.inFront(unit, names), axes] }));
      this.values.set(unit, mean);
    }
  }

  /** What goes into the clamp of a unit; a fused node gets a sister without one. */
  private inFront(unit: LinearUnit, names: Names): ValueId {
    const { node, absorbed } = unit;
    if (unit.clamp.min === undefined && unit.clamp.max === undefined) return node.name;
    const last = absorbed.at(-1);
    if (last !== undefined) return last.name;
    const name = names.take(`${node.name}/unclamped`);
    this.added.push({ ...node, name, attrs: { ...node.attrs, fused_ops: attr.strings(['BiasAdd']) } });
    return name;
  }

  /** Means by channel over all batches, which count by their examples. */
  async of(
    model: Model,
    batches: readonly Record<string, tf.Tensor>[],
    units: readonly LinearUnit[],
  ): Promise<Float64Array[]> {
    const sums = units.map(({ channels }) => new Float64Array(channels));
    // Sisters read the weights of the model as it is by now.
    const known = new Map(this.added.map((node) => [node.name, node]));
    const nodes = [...model.graph, ...this.added].map((node) => sisterOf(node, known, model));
    const measured = model.with({
      graph: new Graph(nodes, model.graph.inputs, model.graph.outputs, model.graph.extras),
      weights: model.weights.with(this.axes),
    });
    let examples = 0;
    try {
      for (const inputs of batches) {
        const size = Object.values(inputs)[0]?.shape[0] ?? 1;
        const tensors = await executorOf(measured).executeAsync(
          inputs,
          units.map((unit) => this.values.get(unit) as ValueId),
        );
        for (const [at, tensor] of tensors.entries()) {
          const data = await tensor.data();
          sums[at]?.forEach((sum, c, all) => (all[c] = sum + size * (data[c] as number)));
        }
        tf.dispose(tensors);
        examples += size;
      }
    } finally {
      measured.dispose();
    }
    return sums.map((sum) => sum.map((total) => total / examples));
  }
}

/** A sister with the inputs that its node has in a model whose biases may have other names. */
function sisterOf(node: Node, added: ReadonlyMap<string, Node>, model: Model): Node {
  if (!added.has(node.name) || !node.name.includes('/unclamped')) return node;
  const original = model.graph.get(node.name.slice(0, node.name.lastIndexOf('/unclamped')));
  return original === undefined ? node : { ...node, inputs: original.inputs };
}
