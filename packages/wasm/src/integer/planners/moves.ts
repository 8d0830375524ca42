import type { Planner } from '../site.js';

/** Values of another shape: the same memory. */
export const reshape: Planner = (site) => ({
  shape: (site.attrs as { readonly shape: readonly number[] }).shape,
  isAlias: true,
  bind: () => () => undefined,
});
