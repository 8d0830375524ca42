import { bytesText, countText, type JsonObject, type Port } from '@tfjs-optimize/core';
import { percentText, shapeText } from '../terminal/numbers.js';
import { shorten } from '../terminal/progress.js';
import type { Colours } from '../terminal/streams.js';
import { table, type Column } from '../terminal/table.js';
import type { Inspection, Row } from './inspection.js';

/** Names of layers are cut in the middle when they are longer; --json has them whole. */
const NAME_WIDTH = 56;

const right = (title: string): Column => ({ title, align: 'right' });

/** The inspection for people. */
export function inspectionText(found: Inspection, colours: Colours): string {
  const heading = (text: string): string => `\n${colours.bold(text)}`;
  return [
    ...overview(found, colours),
    heading('By op'),
    opTable(found, colours),
    heading('By layer'),
    layerTable(found, colours),
    heading('Fusion'),
    ...fusionLines(found, colours),
  ].join('\n');
}

function overview(found: Inspection, colours: Colours): string[] {
  const { model, measured } = found;
  const line = (title: string, text: string): string => `  ${colours.dim(title.padEnd(12))}${text}`;
  const ports = (list: readonly Port[]): string =>
    list.map((port) => `${port.key} ${port.dtype} ${shapeText(port.shape)}`).join(', ');
  const encodings = [...found.encodings]
    .map(([name, totals]) => `${name} ${bytesText(totals.bytes)}`)
    .join(', ');
  const { generatedBy, convertedBy } = model.source;
  const makers = [generatedBy, convertedBy].filter((maker) => maker !== undefined).join(', ');
  return [
    line('format', `${model.source.kind.replace('-', ' ')}${makers === '' ? '' : ` (${makers})`}`),
    line('inputs', ports(model.signature.inputs)),
    line('outputs', ports(model.signature.outputs)),
    line('nodes', `${found.nodes}, of which ${found.computing} compute`),
    line(
      'weights',
      `${found.weights.count}, ${countText(found.parameters)} parameters, ${bytesText(found.weights.bytes)} (${encodings})`,
    ),
    measured === undefined
      ? line('not run', found.notMeasured ?? '')
      : line(
          'work',
          `${countText(measured.flops)} FLOPs (${countText(measured.macs)} MACs), at most ${bytesText(measured.peakActivationBytes)} of values at a time`,
        ),
  ];
}

function opTable(found: Inspection, colours: Colours): string {
  const columns = [
    { title: 'op' },
    right('count'),
    right('parameters'),
    right('bytes'),
    right('FLOPs'),
    right(''),
  ];
  return table(
    columns,
    found.ops.map((row) => [row.name, String(row.count), ...numbersOf(row, found)]),
    colours,
  );
}

function layerTable(found: Inspection, colours: Colours): string {
  const columns = [
    { title: 'layer' },
    { title: 'ops' },
    { title: 'output' },
    right('parameters'),
    right('bytes'),
    right('FLOPs'),
    right(''),
  ];
  const rows = found.layers.map((row) => [
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

function fusionLines({ fusable, nodes }: Inspection, colours: Colours): string[] {
  const lines: string[] = [];
  if (fusable.rules.length === 0) {
    lines.push('  Nothing to do: the preset inference changes nothing.');
  } else {
    lines.push(`  The preset inference would leave ${fusable.nodesAfter} of ${nodes} nodes:`);
    lines.push(
      table(
        [right('times'), { title: 'rule' }],
        fusable.rules.map(({ rule, count }) => [String(count), rule]),
        colours,
      ),
    );
  }
  if (fusable.left.length > 0) {
    lines.push('', '  What it would leave, and why:');
    lines.push(...fusable.left.map(({ message }) => `  ${colours.yellow('·')} ${message}`));
  }
  return lines;
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
    notMeasured: found.notMeasured ?? null,
    byOp: found.ops.map(row).map(({ ops: _, ...rest }) => rest),
    byLayer: found.layers.map(row),
    fusion: {
      nodesAfter: fusable.nodesAfter,
      rules: fusable.rules.map((rule) => ({ ...rule })),
      left: fusable.left.map((one) => ({ ...one })),
    },
  };
}
