import {
  fail,
  getAttr,
  layerNames,
  nearest,
  nodeOf,
  weightTrainingOf,
  type Graph,
  type Model,
  type Node,
  type Weight,
} from '@tfjs-optimize/core';
import { checkNames } from './names.js';
import { nodesOfOutputs } from './output-weights.js';

/** Names of layers, nodes or weights, or a function that is asked for each weight that could be pruned. */
export type Choice = readonly string[] | ((weight: string, layer: string) => boolean);

/** What to prune of a model: the kernels of all layers that are not frozen, unless told. */
export interface Selection {
  /** Only these. Frozen layers that are named are pruned, too, and whole channels of layers that make outputs. */
  readonly layers?: Choice | undefined;
  /** All but these; it counts where both name a layer. */
  readonly exclude?: Choice | undefined;
  /** These weights instead of kernels, by name or by a function: biases and tables of embeddings, too. */
  readonly weights?: readonly string[] | ((weight: string, layer: string) => boolean) | undefined;
}

/** A weight that can be pruned, and which of its axes are what. */
export interface Kernel {
  readonly name: string;
  readonly weight: Weight;
  /** The layer that reads it first. */
  readonly layer: string;
  /** Nodes that compute with it, seen through those that hand it on. */
  readonly readers: readonly Node[];
  /** The same, with which of their inputs it is. */
  readonly reads: readonly Reader[];
  /** Axes along which output channels are counted, from behind (-1 is the last): several of a depthwise kernel. */
  readonly outputs: readonly number[];
  /** The axis of input channels, from behind; undefined where there is none, as of a depthwise kernel, or it is not known. */
  readonly inputs: number | undefined;
  readonly isFrozen: boolean;
  /** Whether its output channels are, one by one, those of an output of the model. */
  readonly makesOutputs: boolean;
}

/** Axes of a weight by the op that reads it: [outputs, inputs]; undefined where it is no kernel there. */
export function axesRead({
  node,
  input,
}: Reader): readonly [readonly number[], number | undefined] | undefined {
  const product = (flag: string): readonly [readonly number[], number] => {
    const isTurned = getAttr(node, flag, 'bool') === true;
    return (input === 0) === isTurned ? [[-1], -2] : [[-2], -1];
  };
  switch (node.op) {
    case 'Conv1D':
    case 'Conv2D':
    case 'Conv3D':
    case '_FusedConv2D':
      return input === 1 ? [[-1], -2] : undefined;
    case 'Conv2DBackpropInput':
      return input === 1 ? [[-2], -1] : undefined;
    case 'DepthwiseConv2d':
    case 'DepthwiseConv2dNative':
    case 'FusedDepthwiseConv2dNative':
      return input === 1 ? [[-2, -1], undefined] : undefined;
    case 'MatMul':
    case '_FusedMatMul':
      return input > 1 ? undefined : product(input === 0 ? 'transpose_a' : 'transpose_b');
    case 'BatchMatMul':
    case 'BatchMatMulV2':
      return input > 1 ? undefined : product(input === 0 ? 'adj_x' : 'adj_y');
    case 'Einsum':
      return [[-1], undefined];
    default:
      return undefined;
  }
}

/** A node that computes with a weight, and as which of its inputs. */
export interface Reader {
  readonly node: Node;
  readonly input: number;
}

/** Ops that hand their first input on with the same elements in the same order, the last one rounded for int8. */
const HANDS_ON: ReadonlySet<string> = new Set([
  ...['Identity', 'Reshape', 'ExpandDims', 'Squeeze'],
  'TfjsOptimizeFakeKernel',
]);

function readersOf(graph: Graph, name: string): Reader[] {
  return graph.users(name).flatMap((node): Reader[] => {
    if (HANDS_ON.has(node.op) && nodeOf(node.inputs[0] ?? '') === name) return readersOf(graph, node.name);
    return node.inputs.flatMap((value, input) => (nodeOf(value) === name ? [{ node, input }] : []));
  });
}

/** A weight that is read, whether or not as a kernel. */
interface ReadWeight extends Kernel {
  readonly isKernel: boolean;
}

/** All float weights that nodes read, with the axes that they have as kernels. */
function readWeights(model: Model): ReadWeight[] {
  const { graph } = model;
  const layerOf = layerNames(model);
  const found = [...model.weights].flatMap(([name, weight]) => {
    const node = graph.get(name);
    if (node?.op !== 'Const' || weight.dtype !== 'float32' || weight.shape.length === 0) return [];
    const readers = readersOf(graph, name);
    const [first] = readers;
    if (first === undefined) return [];
    const axes = readers.map((reader) => axesRead(reader)).find((each) => each !== undefined);
    const [outputs, inputs] = axes ?? [[-1], undefined];
    return {
      ...{ name, weight, outputs, inputs },
      layer: layerOf(first.node.name),
      readers: readers.map((reader) => reader.node),
      reads: readers,
      isKernel: axes !== undefined && weight.shape.length >= 2,
      isFrozen: weightTrainingOf(node).trainable === false,
    };
  });
  const multiply = new Set(
    found.flatMap(({ isKernel, readers }) => (isKernel ? readers : [])).map(({ name }) => name),
  );
  const last = nodesOfOutputs(model, (node) => multiply.has(node));
  return found.map((one) => ({ ...one, makesOutputs: one.readers.some(({ name }) => last.has(name)) }));
}

/** What a selection chooses, and what it leaves. */
export interface Chosen {
  readonly kernels: readonly Kernel[];
  /** Whether they were named one by one: those of frozen layers and outputs are meant, too. */
  readonly isNamed: boolean;
  readonly frozen: readonly Kernel[];
  /** Matrices that are taken apart before they are multiplied by, such as the recurrent kernel of a GRU. */
  readonly apart: readonly Kernel[];
}

/**
 * The weights that a selection chooses, in the order of the model.
 * @throws `pruning/layer` for names that the model does not have or that have nothing to prune, and where nothing is left.
 */
export function chosenKernels(model: Model, selection: Selection, subject: string): Chosen {
  const { layers, exclude, weights } = selection;
  const all = readWeights(model);
  const layerOf = layerNames(model);
  for (const [option, names] of Object.entries({ layers, exclude })) {
    if (!Array.isArray(names)) continue;
    checkNames(model, names as readonly string[], (name) => `${subject}: ${option} '${name}'`);
  }
  if (Array.isArray(layers)) checkAble(layers as readonly string[], weights, { all, layerOf }, subject);
  if (Array.isArray(weights)) checkWeights(weights as string[], all, subject);
  const named = testOf(layers, layerOf);
  const isOut = testOf(exclude, layerOf);
  const isWeight =
    typeof weights === 'function' ? weights : (name: string) => weights?.includes(name) === true;
  const chosen = all.filter((one) => {
    const isWanted = weights === undefined ? one.isKernel : isWeight(one.name, one.layer);
    return isWanted && (named?.(one) ?? true) && isOut?.(one) !== true;
  });
  const isNamed = Array.isArray(layers) || Array.isArray(weights);
  const [kernels, frozen] = isNamed
    ? [chosen, []]
    : [chosen.filter(({ isFrozen }) => !isFrozen), chosen.filter(({ isFrozen }) => isFrozen)];
  const isLeft = weights === undefined ? isTakenApart : (): boolean => false;
  const apart = all.filter((one) => isLeft(one) && (named?.(one) ?? true) && isOut?.(one) !== true);
  if (kernels.length > 0) return { kernels, isNamed, frozen, apart };
  return fail('pruning/layer', {
    subject,
    expected: `at least one ${weights === undefined ? 'kernel' : 'weight'} to prune`,
    ...whyNone(selection, all, frozen, apart),
  });
}

/** Why a selection chooses nothing, and what to do. */
function whyNone(
  { weights }: Selection,
  all: readonly ReadWeight[],
  frozen: readonly Kernel[],
  apart: readonly Kernel[],
): { readonly got: string; readonly advice?: string } {
  if (frozen.length > 0) {
    const layers = frozen.map(({ layer }) => layer).join(', ');
    return {
      got: `none but those of the frozen ${layers}`,
      advice: 'Name frozen layers in layers to prune them',
    };
  }
  const [left] = apart;
  if (left !== undefined) {
    return {
      got: `'${left.name}', which is cut into parts before it is multiplied by`,
      advice: `Name it in weights to prune it`,
    };
  }
  const able = weights === undefined ? all.filter(({ isKernel }) => isKernel) : all;
  if (able.length > 0) {
    return {
      got: `none of the ${able.length} that there are`,
      advice: 'Choose one or more, or leave out none',
    };
  }
  const [other] = all;
  return {
    got: 'a model without any',
    ...(other !== undefined && { advice: `Other weights are named in weights, such as '${other.name}'` }),
  };
}

function isTakenApart({ isKernel, weight, readers }: ReadWeight): boolean {
  return (
    !isKernel &&
    weight.shape.length >= 2 &&
    readers.some(({ op }) => /^(Split|Slice|Strided|Unpack)/.test(op))
  );
}

/** Names of all layers that have kernels, in the order of the model: what a pass can leave alone. */
export function kernelLayers(model: Model, selection: Selection, subject: string): string[] {
  return [...new Set(chosenKernels(model, selection, subject).kernels.map(({ layer }) => layer))];
}

function testOf(
  choice: Choice | undefined,
  layerOf: (node: string) => string,
): ((kernel: Kernel) => boolean) | undefined {
  if (choice === undefined) return undefined;
  if (typeof choice === 'function') return ({ name, layer }) => choice(name, layer);
  const names = new Set(choice);
  return ({ name, readers }) =>
    names.has(name) || readers.some((node) => names.has(node.name) || names.has(layerOf(node.name)));
}

/** Refuses names of layers that have nothing to prune. */
function checkAble(
  names: readonly string[],
  weights: Selection['weights'],
  { all, layerOf }: { readonly all: readonly ReadWeight[]; readonly layerOf: (node: string) => string },
  subject: string,
): void {
  for (const name of names) {
    const own = all.filter((one) => testOf([name], layerOf)?.(one) === true);
    const isAble = weights !== undefined || own.some((one) => one.isKernel || isTakenApart(one));
    if (own.length > 0 && isAble) continue;
    fail('pruning/layer', {
      subject: `${subject}: layers '${name}'`,
      expected: `a layer that has ${own.length === 0 ? 'weights' : 'a kernel'}`,
      got: 'one that has none',
      advice: own[0] === undefined ? 'Leave it out' : `Leave it out, or name '${own[0].name}' in weights`,
    });
  }
}

function checkWeights(names: readonly string[], all: readonly Kernel[], subject: string): void {
  const known = new Set(all.map(({ name }) => name));
  for (const name of names) {
    if (known.has(name)) continue;
    const near = nearest(name, known);
    fail('pruning/layer', {
      subject: `${subject}: weights '${name}'`,
      expected: 'the name of a float32 weight that the model reads',
      got: 'a name that none has',
      ...(near !== undefined && { advice: `Did you mean '${near}'?` }),
    });
  }
}
