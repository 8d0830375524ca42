import * as prettier from 'prettier';
import {
  OPS,
  type FoldRule,
  type OpCategory,
  type OpRow,
  type ShapeRule,
  type WorkRule,
} from '@tfjs-optimize/core';
import { NOT_SUPPORTED } from './unsupported-ops.js';

const INTRODUCTION = `# Supported ops

<!-- Made by \`npm run docs:ops\` from the op table. Do not edit. -->

These are all ops that graph models of stock TensorFlow.js 4.22 can hold. Ops that are not listed are
kept untouched in a model and named in the notes of its verification; a pass that must understand one
refuses.

- **Shape**: how \`inferShapes\` finds the shape of the outputs without running the graph. *(partly)* and
  what follows says where that is not possible; \`annotate\` finds all shapes by one real run.
- **FLOPs**: what \`cost\` counts. A multiply-accumulate (MAC) is two operations; elementwise ops count
  one for each output element whatever their function; moving data counts nothing (–).
- **Folded**: whether constant inputs make it a constant.
- **Kind**: \`pure\` nodes may be merged and dropped; \`elementwise\` ones work element by element,
  \`commutative\` ones in any order of inputs; \`view\` ones share the memory of their input; \`async\` ones
  need \`model.runAsync\`.
`;

/** The page docs/supported-ops.md, formatted as prettier formats it. */
export async function supportedOpsPage(configFile: string): Promise<string> {
  const families = new Map<OpCategory, [string, OpRow][]>();
  for (const [name, row] of Object.entries<OpRow>(OPS)) {
    families.set(row.category, [...(families.get(row.category) ?? []), [name, row]]);
  }
  const names = [...families.keys()].sort();
  const page = [
    INTRODUCTION,
    summary(),
    ...names.flatMap((family) => familyTable(family, families.get(family) ?? [])),
    notSupported(),
  ].join('\n');
  const style = await prettier.resolveConfig(configFile);
  return prettier.format(page, { ...style, parser: 'markdown' });
}

function summary(): string {
  const rows = Object.values<OpRow>(OPS);
  const of = (kind: ShapeRule['kind']): number => rows.filter((row) => row.shape.kind === kind).length;
  const foldable = rows.filter((row) => row.fold.kind !== 'never').length;
  return (
    `${rows.length} ops: the shapes of ${of('static')} are static, of ${of('partial')} partly, of ` +
    `${of('at-run-time')} known only at run time; ${foldable} can be folded.\n`
  );
}

function familyTable(family: OpCategory, rows: readonly [string, OpRow][]): string[] {
  const title = `${family[0]?.toUpperCase()}${family.slice(1)}`;
  const sorted = [...rows].sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    `## ${title}\n`,
    '| op | inputs | attributes | shape | FLOPs | folded | kind | notes |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...sorted.map(([name, row]) => opLine(name, row)),
    '',
  ];
}

function opLine(name: string, row: OpRow): string {
  const cells = [
    `\`${name}\``,
    row.inputs.map(inputText).join(', ') || '–',
    attrsText(row),
    shapeText(row.shape),
    workText(row.work),
    foldText(row.fold),
    row.traits.join(', ') || 'pure',
    row.notes ?? '',
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function inputText(input: OpRow['inputs'][number]): string {
  if (input.variadic === true) return `${input.name}…`;
  return input.optional === true ? `${input.name}?` : input.name;
}

/** Attributes that must be there, then those that may; those without effect in brackets. */
function attrsText(row: OpRow): string {
  const texts = Object.entries(row.attrs).map(([name, spec]) => {
    if (spec.ignored === true) return `(${name})`;
    if (spec.need === 'required') return `**${name}**`;
    return spec.need === 'default' ? `${name} = ${JSON.stringify(spec.default)}` : name;
  });
  return texts.join(', ') || '–';
}

function shapeText(rule: ShapeRule): string {
  if (rule.kind === 'at-run-time') return `at run time: ${rule.why}`;
  return rule.kind === 'static' ? rule.text : `${rule.text} *(partly: not ${rule.why})*`;
}

function workText(rule: WorkRule): string {
  if (rule.kind === 'none') return '–';
  return rule.kind === 'counted' ? rule.text : `not counted: ${rule.why}`;
}

function foldText(rule: FoldRule): string {
  if (rule.kind === 'never') return `no: ${rule.why}`;
  return rule.kind === 'run' ? 'yes' : 'from the shape alone';
}

function notSupported(): string {
  const lines = Object.entries(NOT_SUPPORTED).map(
    ([why, ops]) => `| ${ops.map((op) => `\`${op}\``).join(', ')} | ${why} |`,
  );
  return [
    '## What is not supported\n',
    'TensorFlow has more than a thousand ops; graph models can hold those above. Of the others these are',
    'met most often. A model that holds one is read and saved, but runs only where a custom op of that',
    'name is registered with `tf.registerOp`. What cannot be *traced* from layers and functions, because',
    'a kernel of TensorFlow.js has no op in graph models, is listed in [supported layers](supported-layers.md).\n',
    '| ops of TensorFlow | why |',
    '| --- | --- |',
    ...lines,
  ].join('\n');
}
