import type { io } from '@tensorflow/tfjs';
import type { Lowered } from '@tfjs-optimize/runtime/format';
import { ArgumentError } from '../../arguments.js';
import { findRegions } from './find.js';
import { splitInput, Weights, type GraphNode, type Topology } from './nodes.js';
import { keepRegion, REGION_OP } from './op.js';
import { programOf, type Written } from './program-of.js';
import { sorted } from './sort.js';

/**
 * A graph whose regions of integer ops are one node each. Such a node holds its weights itself, in the form in which
 * kernels read them; the tensor that it has beside its inputs stands for them: when the graph's weights are disposed of,
 * they go, too.
 * @param outputs names of the values that are asked for; those of nodes that nothing reads where none are told.
 */
export function lowerIntegers(artifacts: io.ModelArtifacts, outputs: readonly string[]): Lowered {
  const topology = artifacts.modelTopology as Topology | undefined;
  const { weightSpecs, weightData } = artifacts;
  const nodes = topology?.node && sorted(topology.node);
  if (topology === undefined || nodes === undefined || !weightSpecs || !weightData) return artifacts;
  if (weightSpecs.some(({ quantization, dtype }) => quantization !== undefined || dtype === 'string')) {
    return artifacts;
  }
  const weights = new Weights(weightSpecs, weightData);
  // TensorFlow.js says what is wrong with weights that are cut short.
  if (!weights.isWhole) return artifacts;
  const readers = readersOf(nodes);
  const asked = new Set(outputs.map((output) => splitInput(output)[0]));
  const written: (Written & { readonly members: readonly string[] })[] = [];
  const inside = new Set<string>();
  for (const region of findRegions(nodes, weights)) {
    const names = new Set(region.map(({ node }) => node.name));
    const isWanted = (name: string): boolean =>
      asked.has(name) || (readers.get(name) ?? []).some((reader) => !names.has(reader)) || !readers.has(name);
    const one = programOf(region, weights, isWanted);
    if (one === undefined) continue;
    written.push({ ...one, members: [...names] });
    for (const name of names) inside.add(name);
  }
  if (written.length === 0) return artifacts;
  const gone = new Set(
    written.flatMap(({ holds }) =>
      [...holds].filter(
        (name) => !asked.has(name) && (readers.get(name) ?? []).every((reader) => inside.has(reader)),
      ),
    ),
  );
  const kept = nodes.filter(({ name }) => !inside.has(name) && !gone.has(name));
  const { specs, data } = weights.without(gone);
  const made = written.map((one, i) => ({
    ...regionNodes(one, unused(`region${i}`, nodes)),
    members: one.members,
  }));
  return {
    ...artifacts,
    modelTopology: unwritable({ ...topology, node: [...kept, ...made.flatMap(({ nodes: own }) => own)] }),
    weightSpecs: [...specs, ...made.map(({ spec }) => spec)],
    weightData: [...data, ...made.map(() => new Int32Array(1).buffer)],
    regions: new Map(made.map(({ name, members }) => [name, members])),
  };
}

/** A topology that no file may get: its weights are in the memory of this process. */
function unwritable(topology: Topology): Topology {
  return Object.defineProperty({ ...topology }, 'toJSON', {
    value: () => {
      throw new ArgumentError(
        ...(['save', 'a graph as it stands in a file', 'one whose int8 ops run as one'] as const),
        'Save the model that it was loaded from, or load that without withIntegerRegions',
      );
    },
  });
}

/** Names of the nodes that read each node. */
function readersOf(nodes: readonly GraphNode[]): Map<string, string[]> {
  const readers = new Map<string, string[]>();
  for (const { name, input = [] } of nodes) {
    for (const each of input) {
      const [source] = splitInput(each.replace(/^\^/, ''));
      const found = readers.get(source);
      if (found === undefined) readers.set(source, [name]);
      else found.push(name);
    }
  }
  return readers;
}

function unused(wanted: string, nodes: readonly GraphNode[]): string {
  const taken = new Set(nodes.map(({ name }) => name));
  let name = wanted;
  for (let i = 1; taken.has(name) || taken.has(`${name}/weights`); i++) name = `${wanted}_${i}`;
  return name;
}

/** The node of a region, the constant that stands for its weights, and what gives its outputs their names. */
function regionNodes(
  { program, reads, gives }: Written,
  name: string,
): { readonly name: string; readonly nodes: GraphNode[]; readonly spec: io.WeightsManifestEntry } {
  const weights = `${name}/weights`;
  const { key, region } = keepRegion(program);
  // TensorFlow.js reads the text alone; that it holds the attribute keeps the region as long as the graph.
  const attr = { region: Object.defineProperty({ s: btoa(key) }, 'region', { value: region }) };
  return {
    name,
    nodes: [
      { name: weights, op: 'Const', attr: { dtype: { type: 'DT_INT32' } } },
      { name, op: REGION_OP, input: [weights, ...reads], attr },
      ...gives.map((output, i) => ({
        name: output,
        op: 'Identity',
        input: [i === 0 ? name : `${name}:${i}`],
      })),
    ],
    spec: { name: weights, shape: [1], dtype: 'int32' },
  };
}
