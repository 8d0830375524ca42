import { loadModel, type JsonObject, type Model } from '@tfjs-optimize/core';
import { fetchValues, type Fetched } from '../compare/fetch.js';
import { firstDifferentNode, type FirstNode } from '../compare/first-node.js';
import { carriedInWords, inputsForSecond, realOutputs, realPorts } from '../compare/int8.js';
import { nodeCensus } from '../compare/nodes.js';
import { agrees, compareFetched, findingOf, type ValueComparison } from '../compare/outputs.js';
import { pairPorts, type PortPair } from '../compare/ports.js';
import { notFinite, verdict, type Judged } from '../compare/verdict.js';
import { EXIT } from '../exit.js';
import { int8Kernels } from '../int8-kernels.js';
import {
  blamingInputs,
  inputsFor,
  inputsInWords,
  startBackend,
  type InputsInWords,
  type MeasuringOptions,
} from '../measuring.js';
import type { Outcome, Session } from '../session.js';
import type { InputValues } from '../tensors/files.js';
import { cosineText, countOf, shapeText, valueText } from '../terminal/numbers.js';
import type { Colours } from '../terminal/streams.js';
import { table } from '../terminal/table.js';

/** Options of `tfjs-optimize diff`. */
export interface DiffOptions extends MeasuringOptions {
  readonly tolerance: number;
}

/** One output of both models. */
interface OutputRow extends Judged {
  readonly shape: readonly number[];
}

interface Found {
  readonly inputs: InputsInWords;
  /** Ports whose int8 values were compared as the floats that they stand for. */
  readonly carried: readonly string[];
  readonly backendName: string;
  /** What ran int8 ops. */
  readonly kernels: readonly string[];
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
  const pairs = pairPorts(realPorts(a, 'inputs'), realPorts(b, 'inputs'), 'inputs');
  const outputPairs = pairPorts(realPorts(a, 'outputs'), realPorts(b, 'outputs'), 'outputs');
  const inputsA = await inputsFor(a, options);
  const inputsB = inputsForSecond(a, b, pairs, inputsA);
  try {
    const { notes: kernels } = await int8Kernels([a, b], [backendName]);
    session.progress.update({ task: 'running both models' });
    const outputs = await compareOutputs(a, b, outputPairs, { inputsA, inputsB }, options);
    const census = nodeCensus(a.graph, b.graph);
    const agree = outputs.every(({ finding }) => agrees(finding));
    const first = agree
      ? undefined
      : await firstDifferentNode(a, b, { inputsA, inputsB, tolerance: options.tolerance, ...watch });
    return outcome(
      {
        inputs: inputsInWords(a, inputsA, options),
        carried: [...carriedInWords(a, b, 'inputs', pairs), ...carriedInWords(a, b, 'outputs', outputPairs)],
        kernels,
        ...{ backendName, outputs, census, first },
      },
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
  pairs: readonly PortPair[],
  { inputsA, inputsB }: { readonly inputsA: InputValues; readonly inputsB: InputValues },
  options: DiffOptions,
): Promise<OutputRow[]> {
  const run = (model: Model, inputs: InputValues, side: 'a' | 'b'): Promise<Fetched[]> =>
    blamingInputs(model, options, () =>
      fetchValues(
        model,
        inputs,
        pairs.map((pair) => pair[side].value),
      ),
    );
  const ofA = await run(a, inputsA, 'a');
  const ofB = await run(b, inputsB, 'b');
  return pairs.flatMap((pair, index) => {
    const [fromA, fromB] = [ofA[index], ofB[index]];
    if (fromA === undefined || fromB === undefined) return [];
    const [left, right] = realOutputs(a, b, pair, [fromA, fromB]);
    const comparison = compareFetched(left, right);
    const finding = findingOf(comparison, options.tolerance);
    return [{ key: pair.a.key, shape: left.shape, comparison, finding }];
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
  { inputs, carried, backendName, kernels, outputs, census, first }: Found,
  agree: boolean,
  options: DiffOptions,
): JsonObject {
  return {
    agree,
    tolerance: options.tolerance,
    backend: backendName,
    kernels,
    inputs: inputs.inputs,
    assumed: inputs.assumed,
    int8: carried,
    outputs: outputs.map((row) => ({
      key: row.key,
      shape: row.shape,
      within: agrees(row.finding),
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

/** Differences are null where no value could be compared. */
function comparisonDocument(comparison: ValueComparison): JsonObject {
  if (comparison.kind === 'shapes') return { comparable: false };
  if (comparison.kind === 'strings') return { unequalStrings: comparison.unequal };
  const { size, incomparable, nanInBoth, nan, infinite } = comparison;
  const known = (value: number): number | null => (size > 0 && incomparable === size ? null : value);
  return {
    maxDifference: known(comparison.maxDifference),
    meanDifference: known(comparison.meanDifference),
    cosine: known(comparison.cosine),
    magnitude: comparison.magnitude,
    incomparable,
    nan: { ...nan, both: nanInBoth },
    infinite: { ...infinite },
  };
}

function textOf(
  { inputs, carried, backendName, kernels, outputs, census, first }: Found,
  agree: boolean,
  options: DiffOptions,
  colours: Colours,
): string {
  const rows = outputs.map((row) => [
    row.key,
    shapeText(row.shape),
    ...cells(row.comparison),
    agrees(row.finding) ? colours.green('agrees') : colours.red('differs'),
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
  return [
    table(columns, rows, colours),
    '',
    `  ${colours.dim('inputs')}   ${inputs.inputs}`,
    ...inputs.assumed.map((text) => `  ${colours.dim('assumed')}  ${text}`),
    ...carried.map((text) => `  ${colours.dim('int8')}     ${text}`),
    `  ${colours.dim('backend')}  ${backendName}`,
    ...kernels.map((text) => `  ${colours.dim('kernels')}  ${text}`),
    `  ${colours.dim('nodes')}    ${censusText(census)}`,
    '',
    ...verdict(outputs, options.tolerance).map((text) => (agree ? colours.green(text) : colours.red(text))),
    ...firstLines(first, colours),
  ].join('\n');
}

/** Nodes by name, constants and inputs aside. */
function censusText({ common, onlyA, onlyB }: Found['census']): string {
  const only = [
    ...(onlyA === 0 ? [] : [`${onlyA} only in the first model`]),
    ...(onlyB === 0 ? [] : [`${onlyB} only in the second`]),
  ];
  const both = `${countOf(common, 'computing node')} of the same name in both models`;
  return only.length === 0 ? `${both}, and no others` : [both, ...only].join(', ');
}

function cells(comparison: ValueComparison): string[] {
  switch (comparison.kind) {
    case 'shapes':
      return ['other shape or type', '', '', ''];
    case 'strings':
      return [`${comparison.unequal} of ${comparison.size} strings`, '', '', ''];
    case 'numbers':
      if (comparison.size > 0 && comparison.incomparable === comparison.size)
        return ['no numbers', '', '', ''];
      return [
        valueText(comparison.maxDifference),
        valueText(comparison.meanDifference),
        valueText(comparison.magnitude),
        cosineText(comparison.cosine),
      ];
  }
}

function firstLines(first: Found['first'], colours: Colours): string[] {
  if (first === undefined) return [];
  if (first.compared === 0) {
    return [
      'No node that computes has the same name in both models, so none can be named as the first to differ.',
    ];
  }
  if (first.found === undefined) {
    return [
      `None of the ${countOf(first.compared, 'node')} of the same name differs: the models part in nodes that only one of them has.`,
    ];
  }
  const { name, opA, opB } = first.found;
  const ops = opA === opB ? opA : `${opA} in the first, ${opB} in the second`;
  return [`The first node that differs is ${colours.bold(name)} (${ops}): ${howFar(first.found)}.`];
}

function howFar({ comparison, shapeA, shapeB }: FirstNode): string {
  switch (comparison.kind) {
    case 'shapes':
      return `shape ${shapeText(shapeA)} in the first, ${shapeText(shapeB)} in the second`;
    case 'strings':
      return `${comparison.unequal} strings`;
    case 'numbers': {
      const far = `max difference ${valueText(comparison.maxDifference)}, largest value ${valueText(comparison.magnitude)}`;
      return comparison.incomparable === 0 ? far : (notFinite(comparison) ?? far);
    }
  }
}
