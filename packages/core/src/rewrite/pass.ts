import type { JsonObject } from '../json.js';
import type { Pass } from '../pass.js';
import { rewrite } from './rewrite.js';
import type { Rule } from './rule.js';

/** A pass that applies rules until none applies any more. */
export function rewritePass(name: string, rules: readonly Rule[], options: JsonObject = {}): Pass {
  return {
    name,
    options,
    run: (model, context) => {
      const signal = context.signal === undefined ? {} : { signal: context.signal };
      const { model: next, changed, notes } = rewrite(model, rules, signal);
      return Promise.resolve({ model: next, changed, notes });
    },
  };
}
