import * as tf from '@tensorflow/tfjs';
import {
  breathe,
  checkOptions,
  fail,
  optionKinds,
  OutputNoise,
  textTable,
  type Evaluate,
  type JsonObject,
  type Model,
  type OptionKinds,
  type Progress,
} from '@tfjs-optimize/core';
import { inputBatches } from '../calibrate/batches.js';
import { calibrate } from '../calibrate/calibrate.js';
import type { CalibrationData } from '../calibrate/data.js';
import { rangesFact, type Ranges } from '../calibrate/ranges.js';
import { insertFakeQuant } from '../fake/insert.js';
import type { Observer } from '../observers/observer.js';
import type { Selection } from '../select.js';
import { modelOf, requireFloat, type ModelLike } from '../source.js';
import { insertionsOf, quantizedLayers, valuesOf, type QuantizedLayer } from './plan.js';

/** Options of {@link sensitivity}. */
export interface SensitivityOptions extends Selection {
  /** Examples like those that the model will see. */
  readonly data: CalibrationData;
  /** How ranges are chosen where the model has none; see `calibrate`. */
  readonly observer?: Observer;
  /** A score of models, higher is better: its drop counts first. It is asked once for each layer. */
  readonly evaluate?: Evaluate;
  /** Bits of weights and activations, 2 to 8; 8 unless told. */
  readonly bits?: number;
  readonly batchSize?: number;
  /** Examples at most; 32 unless told. All are held in memory. */
  readonly limit?: number;
  readonly seed?: number;
  readonly signal?: AbortSignal;
  readonly progress?: (event: Progress) => void;
}

/** What quantizing one layer alone does to the outputs of the model. */
export interface LayerSensitivity {
  readonly layer: string;
  /** Its nodes that multiply by weights, and their op. */
  readonly nodes: readonly string[];
  readonly op: string;
  /**
   * Signal to quantization noise of all outputs, in dB; null where there is no noise. Less is worse; -999 stands for noise
   * that is NaN, and for noise where the model gives nothing but zeros.
   */
  readonly sqnr: number | null;
  /** Cosine between an example's outputs and those of the float model, on average. */
  readonly cosine: number;
  /** How far the score falls, in its own units, where there is one. */
  readonly drop?: number;
}

/** Layers by the harm that quantizing each alone does, worst first. */
export interface Sensitivity {
  readonly layers: readonly LayerSensitivity[];
  readonly examples: number;
  readonly bits: number;
  /** The score of the float model, where there is one. */
  readonly score?: number;
  /** A table of at most so many layers. */
  text(most?: number): string;
  toString(): string;
  toJSON(): JsonObject;
}

const SUBJECT = 'sensitivity';

const { anything, code, list, either } = optionKinds;
const OPTIONS: OptionKinds<SensitivityOptions> = {
  ...{ include: either(list, code), exclude: either(list, code), evaluate: code },
  // These are looked at where they are used.
  ...{ data: anything, observer: anything, bits: anything, batchSize: anything, limit: anything },
  ...{ seed: anything, signal: anything, progress: anything },
};

/**
 * Quantizes one layer after another, alone, and tells what that does to the outputs of the model: what to leave in
 * float first. Layers are those that multiply by weights; their weights, what they take and what they give are held in
 * whole numbers, by fake quantization in float. No tensors are left.
 *
 * @throws as `calibrate`; `quantization/layer` for a selection that names what is not there;
 *   `graph/op` for a model without a layer to quantize.
 */
export async function sensitivity(source: ModelLike, options: SensitivityOptions): Promise<Sensitivity> {
  checkOptions<SensitivityOptions>(options, OPTIONS, { where: SUBJECT });
  const { bits = 8, batchSize = 8, limit = 32, seed = 0, signal, progress, evaluate } = options;
  if (!Number.isInteger(bits) || bits < 2 || bits > 8) {
    fail('argument/invalid', {
      subject: `${SUBJECT}: bits`,
      expected: 'a whole number from 2 to 8',
      got: String(bits),
    });
  }
  const model = await modelOf(source);
  requireFloat(model, SUBJECT);
  const layers = quantizedLayers(model, options, SUBJECT);
  if (layers.length === 0) {
    fail('graph/op', {
      subject: SUBJECT,
      expected: 'a layer that multiplies by weights',
      got: 'none that is selected',
    });
  }
  const kept: Kept[] = [];
  try {
    const reading = { batchSize, limit, seed, signal };
    for await (const { inputs, count } of inputBatches(model, options.data, reading, SUBJECT)) {
      kept.push({ inputs: cloned(inputs), count, outputs: [] });
    }
    const ranges = await rangesFor(model, layers, kept, options);
    await runOver(model, kept, (batch, outputs) => batch.outputs.push(...outputs));
    const score = await evaluate?.(model);
    const rows: LayerSensitivity[] = [];
    for (const layer of layers) {
      await breathe(signal, SUBJECT);
      rows.push(await measured(model, layer, ranges, kept, { bits, evaluate, score }));
      progress?.({ task: `${SUBJECT}: ${layer.layer}`, done: rows.length, total: layers.length });
    }
    const examples = kept.reduce((sum, { count }) => sum + count, 0);
    return result(rows.sort(byHarm), { examples, bits, score });
  } finally {
    for (const { inputs } of kept) tf.dispose(inputs);
  }
}

/** A batch, with what the float model gives for it. */
interface Kept {
  readonly inputs: Record<string, tf.Tensor>;
  readonly count: number;
  readonly outputs: Float32Array[];
}

function cloned(inputs: Readonly<Record<string, tf.Tensor>>): Record<string, tf.Tensor> {
  return Object.fromEntries(Object.entries(inputs).map(([key, tensor]) => [key, tensor.clone()]));
}

/** The ranges that the model has, and those that it lacks from the same data. */
async function rangesFor(
  model: Model,
  layers: readonly QuantizedLayer[],
  kept: readonly Kept[],
  { observer, signal }: SensitivityOptions,
): Promise<Ranges['values']> {
  const before = model.facts.get(rangesFact)?.values;
  const values = valuesOf(layers).filter((value) => before?.has(value) !== true);
  if (values.length === 0 && before !== undefined) return before;
  const calibrated = await calibrate(model, {
    data: kept.map(({ inputs }) => ({ inputs })),
    values,
    limit: kept.reduce((sum, { count }) => sum + count, 0),
    ...(observer !== undefined && { observer }),
    ...(signal !== undefined && { signal }),
  });
  return calibrated.facts.need(rangesFact).values;
}

/** Runs a model on all batches; its tensors are gone afterwards. */
async function runOver(
  model: Model,
  kept: readonly Kept[],
  look: (batch: Kept, outputs: Float32Array[]) => void,
): Promise<void> {
  const runner = model.with({});
  try {
    for (const batch of kept) {
      const tensors = await runner.runAsync(batch.inputs);
      try {
        const floats = tensors.filter(({ dtype }) => dtype === 'float32');
        const outputs = await Promise.all(floats.map((tensor) => tensor.data()));
        look(batch, outputs as Float32Array[]);
      } finally {
        tf.dispose(tensors);
      }
    }
  } finally {
    runner.dispose();
  }
}

async function measured(
  model: Model,
  layer: QuantizedLayer,
  ranges: Ranges['values'],
  kept: readonly Kept[],
  scoring: {
    readonly bits: number;
    readonly evaluate: Evaluate | undefined;
    readonly score: number | undefined;
  },
): Promise<LayerSensitivity> {
  const quantized = insertFakeQuant(model, insertionsOf(layer, ranges, scoring.bits));
  const difference = new OutputNoise();
  await runOver(quantized, kept, (batch, outputs) => {
    outputs.forEach((output, i) => difference.add(batch.outputs[i] as Float32Array, output, batch.count));
  });
  const { evaluate, score } = scoring;
  let drop: number | undefined;
  if (evaluate !== undefined && score !== undefined) {
    try {
      drop = score - (await evaluate(quantized));
    } finally {
      quantized.dispose();
    }
  }
  const { ratio: sqnr, cosine } = difference;
  return {
    layer: layer.layer,
    nodes: layer.kernels.map(({ name }) => name),
    op: [...new Set(layer.kernels.map(({ op }) => op))].join(', '),
    sqnr: sqnr === Infinity ? null : sqnr,
    cosine,
    ...(drop !== undefined && { drop }),
  };
}

/** The greater drop first, then the lower ratio. */
function byHarm(a: LayerSensitivity, b: LayerSensitivity): number {
  const byDrop = (b.drop ?? 0) - (a.drop ?? 0);
  return byDrop !== 0 ? byDrop : ratio(a) - ratio(b) || 0;
}

const ratio = ({ sqnr }: LayerSensitivity): number => sqnr ?? Infinity;

function result(
  layers: readonly LayerSensitivity[],
  { examples, bits, score }: { examples: number; bits: number; score: number | undefined },
): Sensitivity {
  const plain = { layers, examples, bits, ...(score !== undefined && { score }) };
  const text = (most = layers.length): string => sensitivityText(layers.slice(0, most));
  return { ...plain, text, toString: () => text(), toJSON: () => plain as unknown as JsonObject };
}

function sensitivityText(layers: readonly LayerSensitivity[]): string {
  const scored = layers.some(({ drop }) => drop !== undefined);
  const heading = ['layer', 'op', 'SQNR dB', 'cosine', ...(scored ? ['drop'] : [])];
  const rows = layers.map(({ layer, op, sqnr, cosine, drop }) => [
    layer,
    op,
    sqnr === null ? '∞' : sqnr.toFixed(1),
    cosine.toFixed(5),
    ...(drop === undefined ? [] : [drop.toPrecision(3)]),
  ]);
  return textTable([heading, ...rows], ['left', 'left', 'right', 'right', 'right']);
}
