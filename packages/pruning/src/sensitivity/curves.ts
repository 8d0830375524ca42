import { fail, textTable, valueText, WORST_RATIO, type JsonObject } from '@tfjs-optimize/core';
import type { Normalizer, Reduction } from '../channels/importance/combine.js';
import type { ImportanceName } from '../channels/importance/importance.js';

/** What is pruned: least magnitudes by masks, or channels that are removed. */
export type PrunedKind = 'weights' | 'channels';

/** How channels were chosen, as options of `pruneChannels`; see there. Taylor's importance is not measured. */
export interface ChannelChoice {
  readonly importance?: Exclude<ImportanceName, 'taylor'> | undefined;
  readonly reduction?: Reduction | undefined;
  readonly normalizer?: Normalizer | undefined;
  readonly roundTo?: number | undefined;
  readonly seed?: number | undefined;
}

/** What pruning one layer by one ratio does to a model. */
export interface SensitivityPoint {
  /** The share that was asked for, above 0 and below 1. */
  readonly ratio: number;
  /** The share of the layer's weights or channels that is gone: as many as rounding makes it. */
  readonly pruned: number;
  /** How far the score falls, in its own units, where there is one; null where it is no number any more. */
  readonly drop?: number | null;
  /**
   * Signal to noise of all outputs against those of the unpruned model, in dB, where there are data; null without noise.
   * Less is worse; -999 stands for noise that is NaN, and for noise where the model gives nothing but zeros.
   */
  readonly snr?: number | null;
  /** Cosine between an example's outputs and those of the unpruned model, on average; absent where that is NaN. */
  readonly cosine?: number;
}

/** What pruning one layer alone does, by ratio. */
export interface LayerSensitivity {
  /** The name of the layer; of coupled ones the first, as `explainGroups` has it. */
  readonly layer: string;
  readonly op: string;
  /** Weights or channels that it has. */
  readonly size: number;
  /** By rising ratio. */
  readonly points: readonly SensitivityPoint[];
}

/** Layers by the harm that pruning each alone does, worst first: plain JSON, as it is saved. */
export interface SensitivityCurves {
  readonly kind: PrunedKind;
  readonly layers: readonly LayerSensitivity[];
  /** Examples that outputs were compared on, where there are data. */
  readonly examples?: number;
  /** The score of the unpruned model, where there is one. */
  readonly score?: number;
  /** How channels were chosen. */
  readonly choice?: ChannelChoice;
}

/** {@link SensitivityCurves} with what prints them. */
export interface Sensitivity extends SensitivityCurves {
  /** A table of at most so many layers: drops of the score by ratio, or signal to noise in dB where there is none. */
  text(most?: number): string;
  toString(): string;
  toJSON(): JsonObject;
}

/** How much worse a point is than no pruning: the drop, or noise by signal; infinite where it is no number. */
export function harmOf({ drop, snr }: SensitivityPoint): number {
  if (drop !== undefined) return drop ?? Infinity;
  if (snr === null || snr === undefined) return 0;
  return snr <= WORST_RATIO ? Infinity : 10 ** (-snr / 10);
}

/** Curves in the order of their harm over all ratios, with what prints them. */
export function sensitivityOf(curves: SensitivityCurves): Sensitivity {
  const harms = new Map(curves.layers.map((layer) => [layer, layer.points.map(harmOf)]));
  const harm = (layer: LayerSensitivity): number =>
    (harms.get(layer) ?? []).reduce((sum, one) => sum + one, 0);
  const plain = { ...curves, layers: [...curves.layers].sort((a, b) => harm(b) - harm(a) || 0) };
  const text = (most = plain.layers.length): string => tableOf(plain, most);
  return { ...plain, text, toString: () => text(), toJSON: () => plain as unknown as JsonObject };
}

function tableOf({ kind, layers, score }: SensitivityCurves, most: number): string {
  const ratios = [...new Set(layers.flatMap(({ points }) => points.map(({ ratio }) => ratio)))];
  ratios.sort((a, b) => a - b);
  const heading = ['layer', 'op', kind, ...ratios.map(String)];
  const rows = layers.slice(0, most).map(({ layer, op, size, points }) => [
    ...[layer, op, String(size)],
    ...ratios.map((ratio) => {
      const point = points.find((each) => each.ratio === ratio);
      return point === undefined ? '' : pointText(point);
    }),
  ]);
  const measure =
    score === undefined
      ? 'Signal to noise of the outputs in dB'
      : `Drop of the score of ${Number(score.toPrecision(6))}`;
  const table = textTable(
    [heading, ...rows],
    ['left', 'left', ...ratios.map(() => 'right' as const), 'right'],
  );
  return `${table}\n${measure} by the share of ${kind} that each layer alone loses.`;
}

function pointText({ drop, snr }: SensitivityPoint): string {
  if (drop !== undefined) return drop === null ? 'NaN' : String(Number(drop.toPrecision(3)));
  return snr === null || snr === undefined ? '∞' : snr.toFixed(1);
}

/** Refuses what is no sensitivity, such as that of quantization. */
export function checkCurves(curves: SensitivityCurves, subject: string): void {
  const { kind, layers } = Object(curves) as Partial<SensitivityCurves>;
  const isKind = kind === 'weights' || kind === 'channels';
  const hasPoints =
    Array.isArray(layers) &&
    (layers as readonly Partial<LayerSensitivity>[]).every(
      ({ layer, points }) => typeof layer === 'string' && Array.isArray(points),
    );
  if (isKind && hasPoints && layers.length > 0) return;
  fail('argument/invalid', {
    subject: `${subject}: sensitivity`,
    expected: 'what sensitivity of this package gives, or its JSON',
    got: valueText(curves),
    advice: 'Measure it with sensitivity(model, { kind, … })',
  });
}
