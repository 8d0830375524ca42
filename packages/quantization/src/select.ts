import {
  fail,
  isPlumbing,
  layerNames,
  nearest,
  type Model,
  type Node,
  type Violation,
} from '@tfjs-optimize/core';

/**
 * Which layers: names of layers, nodes or weights, or a function that is asked for each node that could be quantized.
 * Names of layers are those of `summary()` and of reports.
 */
export type LayerChoice = readonly string[] | ((node: Node, layer: string) => boolean);

/** What to quantize: all that can be, unless told. */
export interface Selection {
  /** Only these. */
  readonly include?: LayerChoice | undefined;
  /** All but these; it counts where both name a layer. */
  readonly exclude?: LayerChoice | undefined;
}

/** Whether something is to be quantized. */
export interface Selector {
  /** The layer of a node. */
  readonly layerOf: (node: Node) => string;
  /**
   * Whether a node is chosen.
   * @param weight the name of the weight that it reads and that is asked about, if it is about one.
   */
  readonly has: (node: Node, weight?: string) => boolean;
}

/**
 * Reads a selection for a model.
 * @param subject who asks, for errors: the name of a function or pass.
 * @throws `quantization/layer` for a name that no layer, node or weight of the model has.
 */
export function selectorOf(model: Model, selection: Selection, subject: string): Selector {
  const [first] = unknownNames(model, selection);
  if (first !== undefined) {
    fail('quantization/layer', {
      subject: `${subject}: '${first.subject}'`,
      expected: 'the name of a layer, node or weight of the model',
      got: first.message,
    });
  }
  const nameOf = layerNames(model);
  const layerOf = (node: Node): string => nameOf(node.name);
  const { include, exclude } = selection;
  const included = include === undefined ? () => true : chosen(include, layerOf);
  const excluded = exclude === undefined ? () => false : chosen(exclude, layerOf);
  return { layerOf, has: (node, weight) => included(node, weight) && !excluded(node, weight) };
}

function chosen(
  choice: LayerChoice,
  layerOf: (node: Node) => string,
): (node: Node, weight: string | undefined) => boolean {
  if (typeof choice === 'function') return (node) => choice(node, layerOf(node));
  const names = new Set(choice);
  return (node, weight) =>
    names.has(node.name) || names.has(layerOf(node)) || (weight !== undefined && names.has(weight));
}

/** The names of a selection that the model does not have, as a pass's `check` tells them. */
export function unknownNames(model: Model, { include, exclude }: Selection): Violation[] {
  const named = [include, exclude].flatMap((choice) => (Array.isArray(choice) ? (choice as string[]) : []));
  if (named.length === 0) return [];
  const layerOf = layerNames(model);
  const known = new Set<string>();
  for (const node of model.graph) {
    known.add(node.name);
    if (!isPlumbing(node)) known.add(layerOf(node.name));
  }
  return named
    .filter((name) => !known.has(name))
    .map((name) => {
      const near = nearest(name, known);
      const hint = near === undefined ? '' : `; the nearest is '${near}'`;
      return { subject: name, message: `a name that none has${hint}` };
    });
}
