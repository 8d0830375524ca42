import { bytesText, countText, type JsonObject, type Port } from '@tfjs-optimize/core';
import { countOf, percentText, shapeText } from '../terminal/numbers.js';
import { shorten } from '../terminal/progress.js';
import type { Colours } from '../terminal/streams.js';
import { table, type Column } from '../terminal/table.js';
import { fusionLines } from './fusion-lines.js';
import type { Inspection, Row } from './inspection.js';

/** Names of layers are cut in the middle when they are longer; --json has them whole. */
const NAME_WIDTH = 56;

const right = (title: string): Column => ({ title, align: 'right' });

/**
 * The inspection for people.
 * @param all also layers that hold and do next to nothing, of which large models have hundreds, and every
 *   node that can be fused or not.
 */
export function inspectionText(found: Inspection, colours: Colours, all: boolean): string {
  const heading = (text: string): string => `\n${colours.bold(text)}`;
  return [
    ...overview(found, colours),
    heading('By op'),
    opTable(found, colours),
    ...uncountedLines(found, colours),
    heading('By layer'),
    ...layerLines(found, colours, all),
    heading('Fusion'),
    ...fusionLines(found, colours, all),
  ].join('\n');
}

function overview(found: Inspection, colours: Colours): string[] {
  const { model, measured, ranOn } = found;
  const lines = (title: string, texts: readonly string[]): string[] =>
    texts.map((text, index) => `  ${colours.dim((index === 0 ? title : '').padEnd(12))}${text}`);
  const ports = (list: readonly Port[]): string[] =>
    list.map((port) => `${port.key} ${port.dtype} ${shapeText(port.shape)}`);
  return [
    ...lines('format', [formatText(found)]),
    ...lines('inputs', ports(model.signature.inputs)),
    ...lines('outputs', ports(model.signature.outputs)),
    ...lines('nodes', [
      `${found.nodes}: ${found.computing} compute, the others are constants, inputs and the like`,
    ]),
    ...lines('weights', [weightsText(found)]),
    ...(measured === undefined
      ? lines('not run', [found.notMeasured ?? ''])
      : lines('work', [
          `${countText(measured.flops)} FLOPs (${countText(measured.macs)} multiply-accumulates), at most ${bytesText(measured.peakActivationBytes)} of values in memory at a time`,
        ])),
    ...(ranOn === undefined ? [] : lines('run on', [ranOn.inputs])),
    ...lines('assumed', ranOn?.assumed ?? []),
  ];
}

/** `graph model, made by TensorFlow 2.4.1, converted by TensorFlow.js Converter v3.3.0`. */
function formatText({ model }: Inspection): string {
  const { kind, generatedBy, convertedBy } = model.source;
  // The converter writes TensorFlow's version alone.
  const maker = generatedBy?.replace(/^(?=\d+\.\d+\.\d+$)/, 'TensorFlow ');
  return [
    kind.replace('-', ' '),
    ...(maker === undefined ? [] : [`made by ${maker}`]),
    ...(convertedBy === undefined ? [] : [`converted by ${convertedBy}`]),
  ].join(', ');
}

/** Sizes of all weights; how they are stored is told apart where there is more than one way. */
function weightsText({ parameters, weights, encodings }: Inspection): string {
  const ways = [...encodings].map(([name, { bytes }]) => `${name} ${bytesText(bytes)}`).join(', ');
  const constants = countOf(weights.count, 'constant');
  return `${countText(parameters)} parameters; ${bytesText(weights.bytes)} in ${constants} (${ways})`;
}

function opTable(found: Inspection, colours: Colours): string {
  const columns = [
    { title: 'op' },
    right('count'),
    right('parameters'),
    right('bytes'),
    right('FLOPs'),
    right('share'),
  ];
  return table(
    columns,
    found.ops.map((row) => [row.name, String(row.count), ...numbersOf(row, found)]),
    colours,
  );
}

/** Why there is a question mark for some ops. */
function uncountedLines({ measured }: Inspection, colours: Colours): string[] {
  const whys = new Map<string, Set<string>>();
  for (const { op, why } of measured?.uncounted ?? []) {
    whys.set(why, new Set([...(whys.get(why) ?? []), op]));
  }
  return [...whys].map(([why, ops]) => `  ${colours.dim(`? not counted: ${[...ops].join(', ')} (${why})`)}`);
}

/** Tables of up to this many layers are shown whole. */
const FEW_LAYERS = 60;
/** Below this share of the work, a layer without weights of its own is not shown in a longer table. */
const SMALL_SHARE = 0.001;

function layerLines(found: Inspection, colours: Colours, all: boolean): string[] {
  const { layers, measured } = found;
  const isSmall = ({ parameters, flops }: Row): boolean =>
    parameters === 0 && flops !== undefined && flops <= SMALL_SHARE * (measured?.flops ?? 0);
  const shown = all || layers.length <= FEW_LAYERS ? layers : layers.filter((row) => !isSmall(row));
  const hidden = layers.length - shown.length;
  const more = `… and ${hidden} more without parameters that do less than ${100 * SMALL_SHARE} % of the work each; --verbose shows all`;
  return [
    ...(shown.length === 0 ? [] : [layerTable(found, shown, colours)]),
    ...(hidden === 0 ? [] : [`  ${colours.dim(more)}`]),
  ];
}

function layerTable(found: Inspection, layers: readonly Row[], colours: Colours): string {
  const columns = [
    { title: 'layer' },
    { title: 'ops' },
    { title: 'output' },
    right('parameters'),
    right('bytes'),
    right('FLOPs'),
    right('share'),
  ];
  const rows = layers.map((row) => [
    shorten(row.name, NAME_WIDTH),
    opsInWords(row.ops),
    row.shape === undefined ? '' : shapeText(row.shape),
    ...numbersOf(row, found),
  ]);
  return table(columns, rows, colours);
}

/** Parameters, bytes, FLOPs and their share; empty cells for nothing. */
function numbersOf({ parameters, weights, flops }: Row, { measured }: Inspection): string[] {
  return [
    parameters === 0 ? '' : countText(parameters),
    weights.bytes === 0 ? '' : bytesText(weights.bytes),
    flops === undefined ? (measured === undefined ? '' : '?') : flops === 0 ? '' : countText(flops),
    flops === undefined || flops === 0 ? '' : percentText(flops, measured?.flops ?? 0),
  ];
}

/** `Conv2D, BiasAdd`, with `×3` for repeated ops and at most three of them. */
function opsInWords(ops: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const op of ops) counts.set(op, (counts.get(op) ?? 0) + 1);
  const words = [...counts].map(([op, times]) => (times === 1 ? op : `${op} ×${times}`));
  return words.length <= 3 ? words.join(', ') : `${words.slice(0, 3).join(', ')}, …`;
}

/** The inspection as JSON. */
export function inspectionDocument(found: Inspection): JsonObject {
  const { model, measured, fusable } = found;
  const ports = (list: readonly Port[]): JsonObject[] =>
    list.map(({ key, dtype, shape }) => ({ key, dtype, shape: shape ?? null }));
  const row = ({ name, ops, count, parameters, weights, flops, shape }: Row): JsonObject => ({
    name,
    count,
    ops: [...new Set(ops)],
    parameters,
    bytes: weights.bytes,
    flops: flops ?? null,
    ...(shape === undefined ? {} : { shape }),
  });
  const { location, ...source } = model.source;
  return {
    model: location ?? null,
    format: source.kind,
    generatedBy: source.generatedBy ?? null,
    convertedBy: source.convertedBy ?? null,
    inputs: ports(model.signature.inputs),
    outputs: ports(model.signature.outputs),
    nodes: found.nodes,
    operations: found.computing,
    parameters: found.parameters,
    weights: { count: found.weights.count, bytes: found.weights.bytes },
    encodings: Object.fromEntries([...found.encodings].map(([name, totals]) => [name, { ...totals }])),
    work:
      measured === undefined
        ? null
        : { flops: measured.flops, macs: measured.macs, peakActivationBytes: measured.peakActivationBytes },
    ranOn: found.ranOn?.inputs ?? null,
    assumed: found.ranOn?.assumed ?? [],
    notMeasured: found.notMeasured ?? null,
    byOp: found.ops.map(row).map(({ ops: _, ...rest }) => rest),
    byLayer: found.layers.map(row),
    fusion: {
      nodesAfter: fusable.nodesAfter,
      rules: fusable.rules.map((rule) => ({ ...rule })),
      left: fusable.left.map(({ node, message }) => ({ node, message })),
    },
  };
}
