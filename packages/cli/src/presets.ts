import type { Pass, PassFactories } from '@tfjs-optimize/core';
import { fusionPasses } from '@tfjs-optimize/fusion';

/** Every pass that a recipe may name at the command line. */
export const FACTORIES: PassFactories = fusionPasses;

/** What `--preset` may be: `inference`, or the name of a single rule or pass, without its package. */
export const PRESET_NAMES: readonly string[] = Object.keys(FACTORIES).map((name) =>
  name.replace(/^.*\//, ''),
);

/** The pass of a preset. */
export function presetPass(preset: string): Pass | undefined {
  const name = Object.keys(FACTORIES).find((each) => each.endsWith(`/${preset}`));
  return FACTORIES[name ?? '']?.({}, () => []);
}
