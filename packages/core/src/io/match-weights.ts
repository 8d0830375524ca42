import { Weights, type Weight } from '../weights.js';

/** A weight that a layers model asks for. */
export interface Expected {
  readonly name: string;
  readonly shape: readonly number[];
}

/**
 * Stored weights under the names that a layers model asks for, when the stored names are others: by
 * equal names, then by names that end alike (`my_model/conv/kernel` for `conv/kernel`), then in order
 * among what is left, shape by shape.
 * @returns undefined unless every expected weight finds exactly one stored weight of its shape.
 */
export function matchWeights(expected: readonly Expected[], stored: Weights): Weights | undefined {
  const left = new Map(stored);
  const found = new Map<string, Weight>();
  const take = (name: string, from: string): void => {
    found.set(name, left.get(from) as Weight);
    left.delete(from);
  };
  for (const { name, shape } of expected) {
    if (left.has(name) && sameShape(left.get(name) as Weight, shape)) take(name, name);
  }
  for (const { name, shape } of expected) {
    if (found.has(name)) continue;
    const alike = [...left].filter(
      ([other, weight]) =>
        sameShape(weight, shape) && (other.endsWith(`/${name}`) || name.endsWith(`/${other}`)),
    );
    if (alike.length === 1) take(name, (alike[0] as [string, Weight])[0]);
  }
  for (const { name, shape } of expected) {
    if (found.has(name)) continue;
    const next = [...left].find(([, weight]) => sameShape(weight, shape));
    if (next === undefined) return undefined;
    take(name, next[0]);
  }
  return left.size === 0
    ? new Weights(expected.map(({ name }) => [name, found.get(name) as Weight]))
    : undefined;
}

function sameShape(weight: Weight, shape: readonly number[]): boolean {
  return weight.shape.length === shape.length && weight.shape.every((size, axis) => size === shape[axis]);
}
