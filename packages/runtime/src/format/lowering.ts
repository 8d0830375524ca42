import type { io } from '@tensorflow/tfjs-core';

/**
 * Rewrites a graph into one of the same outputs that a backend runs faster. What it gives is for running only: it may hold
 * what no file can.
 * @param outputs names of the values that are asked for: `node` or `node:1`.
 */
export type Lowering = (artifacts: io.ModelArtifacts, outputs: readonly string[]) => Lowered;

/** A rewritten graph. */
export interface Lowered extends io.ModelArtifacts {
  /** Names of the nodes that run as one, in order, by the name of the node that stands for them. */
  readonly regions?: ReadonlyMap<string, readonly string[]>;
}

/** All copies of this package in a program share them. */
const KEY = Symbol.for('@tfjs-optimize/lowerings');
const lowerings = ((globalThis as { [KEY]?: Map<string, Lowering> })[KEY] ??= new Map<string, Lowering>());

/** Has the integer graphs of a backend rewritten before they are loaded; a later call for it takes the place of an earlier one. */
export function setLowering(backend: string, lowering: Lowering): void {
  lowerings.set(backend, lowering);
}

/** What rewrites integer graphs for a backend, if something does. */
export function loweringOf(backend: string): Lowering | undefined {
  return lowerings.get(backend);
}
