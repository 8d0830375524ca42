import { optimize, type Model, type Note } from '@tfjs-optimize/core';
import { explain, inference } from '@tfjs-optimize/fusion';

/** What the preset `inference` would do to a model, and what it would leave. */
export interface Fusable {
  /** Rules by name, with how often each would apply, most often first. */
  readonly rules: readonly { readonly rule: string; readonly count: number }[];
  readonly nodesAfter: number;
  /** One sentence for each node that could not be fused. */
  readonly left: readonly { readonly node: string; readonly message: string }[];
}

/** Tries the preset in memory; the model itself is not changed. */
export async function fusable(model: Model, signal: AbortSignal): Promise<Fusable> {
  const result = await optimize(model, inference(), { signal });
  return {
    rules: countRules(result.notes),
    nodesAfter: result.model.graph.size,
    left: explain(result.model).map(({ node, message }) => ({ node, message })),
  };
}

function countRules(notes: readonly Note[]): Fusable['rules'] {
  const counts = new Map<string, number>();
  for (const { kind, message } of notes) {
    const rule = /^([\w-]+): /.exec(message)?.[1] ?? message;
    if (kind === 'did') counts.set(rule, (counts.get(rule) ?? 0) + 1);
  }
  return [...counts].map(([rule, count]) => ({ rule, count })).sort((a, b) => b.count - a.count);
}
