import { Weights, type Weight } from '../weights.js';

/** A weight that a layers model asks for. */
export interface Expected {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  /** The layer it belongs to, and its place among that layer's weights. */
  readonly layer: string;
  readonly index: number;
}

/** How stored weights were told to be the expected ones. */
export interface Matched {
  /** The stored weights under the expected names. */
  readonly weights: Weights;
  /** Expected names that were matched by order and shape alone. */
  readonly guessed: readonly string[];
  /** Stored names that no layer asks for. */
  readonly unused: readonly string[];
}

/** Ways in which files name the weight that a layer asks for, the surest first. */
const SAME_WEIGHT: readonly ((stored: string, expected: Expected) => boolean)[] = [
  (stored, { name }) => stored === name,
  // TensorFlow 2.2 and later name the cell of a recurrent layer, too: `lstm/lstm_cell/kernel`.
  (stored, { name }) => withoutCell(stored) === name,
  // Keras 3 numbers the weights of a layer: `dense/0`, `_backbone/dense/vars/0`.
  (stored, { layer, index }) => endsAlike(byNumber(stored), `${layer}/${index}`),
  // The name of the model in front, or that of the layer left out.
  (stored, { name }) => stored.endsWith(`/${name}`) || name.endsWith(`/${stored}`),
];

/**
 * Finds the stored weights that a layers model asks for: by the names above, of which each must lead to
 * one weight of the right type and shape, and what is then left by order and shape.
 * @returns undefined where an expected weight finds none.
 */
export function matchWeights(expected: readonly Expected[], stored: Weights): Matched | undefined {
  const left = new Map(stored);
  const found = new Map<string, Weight>();
  for (const same of SAME_WEIGHT) {
    for (const wanted of expected) {
      if (found.has(wanted.name)) continue;
      const hits = candidates(left, wanted, same);
      if (hits.length === 1) take(left, found, wanted.name, hits[0] as string);
    }
  }
  const guessed = expected.map(({ name }) => name).filter((name) => !found.has(name));
  for (const wanted of expected) {
    if (found.has(wanted.name)) continue;
    const [next] = candidates(left, wanted, () => true);
    if (next === undefined) return undefined;
    take(left, found, wanted.name, next);
  }
  const weights = new Weights(expected.map(({ name }) => [name, found.get(name) as Weight]));
  return { weights, guessed, unused: [...left.keys()] };
}

function take(left: Map<string, Weight>, found: Map<string, Weight>, name: string, from: string): void {
  found.set(name, left.get(from) as Weight);
  left.delete(from);
}

/** Names of stored weights that fit and are named alike. An equal name is looked up, not searched for. */
function candidates(
  left: ReadonlyMap<string, Weight>,
  wanted: Expected,
  same: (stored: string, expected: Expected) => boolean,
): string[] {
  const equal = left.get(wanted.name);
  if (equal !== undefined && fits(equal, wanted)) return [wanted.name];
  return [...left]
    .filter(([name, weight]) => fits(weight, wanted) && same(name, wanted))
    .map(([name]) => name);
}

function fits(weight: Weight, { shape, dtype }: Expected): boolean {
  return (
    weight.dtype === dtype &&
    weight.shape.length === shape.length &&
    weight.shape.every((size, axis) => size === shape[axis])
  );
}

function withoutCell(name: string): string {
  const parts = name.split('/');
  return parts.length < 3 ? name : [...parts.slice(0, -2), parts.at(-1)].join('/');
}

/** Folders of Keras 3 that are no layers. */
const KERAS3_FOLDERS = new Set(['vars', '_layer_checkpoint_dependencies', 'layer_checkpoint_dependencies']);

function byNumber(name: string): string {
  const parts = name.split('/').filter((part) => !KERAS3_FOLDERS.has(part));
  return parts.map((part) => part.replace(/^_/, '')).join('/');
}

function endsAlike(stored: string, expected: string): boolean {
  return stored === expected || stored.endsWith(`/${expected}`);
}
