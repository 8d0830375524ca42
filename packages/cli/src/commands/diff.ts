import { differenceText, loadModel, type JsonObject, type Model } from '@tfjs-optimize/core';
import { fetchValues } from '../compare/fetch.js';
import { firstDifferentNode, type FirstNode } from '../compare/first-node.js';
import { nodeCensus } from '../compare/nodes.js';
import { compareFetched, isWithin, type ValueComparison } from '../compare/outputs.js';
import { pairPorts } from '../compare/ports.js';
import { EXIT } from '../exit.js';
import { inputsFor, inputsInWords, startBackend, type MeasuringOptions } from '../measuring.js';
import type { Outcome, Session } from '../session.js';
import type { InputValues } from '../tensors/files.js';
import { cosineText, shapeText } from '../terminal/numbers.js';
import type { Colours } from '../terminal/streams.js';
import { table } from '../terminal/table.js';

/** Options of `tfjs-optimize diff`. */
export interface DiffOptions extends MeasuringOptions {
  readonly tolerance: number;
}

/** One output of both models. */
interface OutputRow {
  readonly key: string;
  readonly shape: readonly number[];
  readonly comparison: ValueComparison;
  readonly within: boolean;
}

interface Found {
  readonly inputs: string;
  readonly backendName: string;
  readonly outputs: readonly OutputRow[];
  readonly census: ReturnType<typeof nodeCensus>;
  /** Undefined when the outputs agree and nothing was looked for. */
  readonly first: { readonly found: FirstNode | undefined; readonly compared: number } | undefined;
}

/** Compares the outputs of two models on the same inputs. */
export async function diff(
  locationA: string,
  locationB: string,
  options: DiffOptions,
  session: Session,
): Promise<Outcome> {
  const watch = { signal: session.signal, progress: session.progress.update.bind(session.progress) };
  const { name: backendName } = await startBackend(options);
  const a = await loadModel(locationA, watch);
  const b = await loadModel(locationB, watch);
  const pairs = pairPorts(a.signature.inputs, b.signature.inputs, 'inputs');
  const inputsA = await inputsFor(a, options);
  const inputsB: InputValues = new Map(
    pairs.flatMap((pair) => {
      const value = inputsA.get(pair.a.key);
      return value === undefined ? [] : [[pair.b.key, value] as const];
    }),
  );
  try {
    session.progress.update({ task: 'running both models' });
    const outputs = await compareOutputs(a, b, inputsA, inputsB, options.tolerance);
    const census = nodeCensus(a.graph, b.graph);
    const agree = outputs.every(({ within }) => within);
    const first = agree
      ? undefined
      : await firstDifferentNode(a, b, { inputsA, inputsB, tolerance: options.tolerance, ...watch });
    return outcome(
      { inputs: inputsInWords(inputsA, options), backendName, outputs, census, first },
      agree,
      options,
      session.colours,
    );
  } finally {
    a.dispose();
    b.dispose();
  }
}

async function compareOutputs(
  a: Model,
  b: Model,
  inputsA: InputValues,
  inputsB: InputValues,
  tolerance: number,
): Promise<OutputRow[]> {
  const pairs = pairPorts(a.signature.outputs, b.signature.outputs, 'outputs');
  const ofA = await fetchValues(
    a,
    inputsA,
    pairs.map((pair) => pair.a.value),
  );
  const ofB = await fetchValues(
    b,
    inputsB,
    pairs.map((pair) => pair.b.value),
  );
  return pairs.flatMap((pair, index) => {
    const [left, right] = [ofA[index], ofB[index]];
    if (left === undefined || right === undefined) return [];
    const comparison = compareFetched(left, right);
    return [{ key: pair.a.key, shape: left.shape, comparison, within: isWithin(comparison, tolerance) }];
  });
}

function outcome(found: Found, agree: boolean, options: DiffOptions, colours: Colours): Outcome {
  return {
    status: agree ? EXIT.ok : EXIT.differs,
    document: documentOf(found, agree, options),
    text: () => textOf(found, agree, options, colours),
  };
}

function documentOf(
  { inputs, backendName, outputs, census, first }: Found,
  agree: boolean,
  options: DiffOptions,
): JsonObject {
  return {
    agree,
    tolerance: options.tolerance,
    backend: backendName,
    inputs,
    outputs: outputs.map((row) => ({
      key: row.key,
      shape: row.shape,
      within: row.within,
      ...comparisonDocument(row.comparison),
    })),
    nodes: census,
    firstDifference:
      first?.found === undefined
        ? null
        : {
            node: first.found.name,
            op: { a: first.found.opA, b: first.found.opB },
            shape: { a: first.found.shapeA, b: first.found.shapeB },
            ...comparisonDocument(first.found.comparison),
          },
  };
}

/** JSON has neither NaN nor Infinity; they become null. */
function comparisonDocument(comparison: ValueComparison): JsonObject {
  if (comparison.kind === 'shapes') return { comparable: false };
  if (comparison.kind === 'strings') return { unequalStrings: comparison.unequal };
  const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
  return {
    maxDifference: finite(comparison.maxDifference),
    meanDifference: finite(comparison.meanDifference),
    cosine: finite(comparison.cosine),
    magnitude: finite(comparison.magnitude),
  };
}

function textOf(
  { inputs, backendName, outputs, census, first }: Found,
  agree: boolean,
  options: DiffOptions,
  colours: Colours,
): string {
  const rows = outputs.map((row) => [
    row.key,
    shapeText(row.shape),
    ...cells(row.comparison),
    row.within ? colours.green('agrees') : colours.red('differs'),
  ]);
  const columns = [
    { title: 'output' },
    { title: 'shape' },
    { title: 'max difference', align: 'right' as const },
    { title: 'mean difference', align: 'right' as const },
    { title: 'largest value', align: 'right' as const },
    { title: 'cosine', align: 'right' as const },
    { title: '' },
  ];
  const verdict = agree
    ? colours.green(`The outputs agree within ${options.tolerance}.`)
    : colours.red(`The outputs differ by more than ${options.tolerance} of the largest value.`);
  return [
    table(columns, rows, colours),
    '',
    `  ${colours.dim('inputs')}   ${inputs}`,
    `  ${colours.dim('backend')}  ${backendName}`,
    `  ${colours.dim('nodes')}    ${census.common} in both, ${census.onlyA} only in the first, ${census.onlyB} only in the second`,
    '',
    ...firstLines(first, colours),
    verdict,
  ].join('\n');
}

function cells(comparison: ValueComparison): string[] {
  switch (comparison.kind) {
    case 'shapes':
      return ['other shape', '', '', ''];
    case 'strings':
      return [`${comparison.unequal} of ${comparison.size} strings`, '', '', ''];
    case 'numbers':
      return [
        differenceText(comparison.maxDifference),
        differenceText(comparison.meanDifference),
        differenceText(comparison.magnitude),
        cosineText(comparison.cosine),
      ];
  }
}

function firstLines(first: Found['first'], colours: Colours): string[] {
  if (first === undefined) return [];
  if (first.compared === 0) {
    return ['No inner value has the same name in both models, so no first node can be named.'];
  }
  if (first.found === undefined) {
    return [
      `None of the ${first.compared} inner values that both models have by name differs: they part in nodes that only one of them has.`,
    ];
  }
  const { name, opA, opB, comparison, shapeA, shapeB } = first.found;
  const ops = opA === opB ? opA : `${opA} in the first, ${opB} in the second`;
  const how =
    comparison.kind === 'numbers'
      ? `max difference ${differenceText(comparison.maxDifference)}, largest value ${differenceText(comparison.magnitude)}`
      : comparison.kind === 'shapes'
        ? `shape ${shapeText(shapeA)} in the first, ${shapeText(shapeB)} in the second`
        : `${comparison.unequal} strings`;
  return [`The first node that differs is ${colours.bold(name)} (${ops}): ${how}.`];
}
