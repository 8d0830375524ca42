import { optimize, type Explanation, type Model, type Note } from '@tfjs-optimize/core';
import { explain, inference } from '@tfjs-optimize/fusion';

/** What the preset `inference` would do to a model, and what it would leave. */
export interface Fusable {
  /** Rules by name, with how often each would apply and to which nodes, most often first. */
  readonly rules: readonly {
    readonly rule: string;
    readonly count: number;
    readonly nodes: readonly string[];
  }[];
  readonly nodesAfter: number;
  /** For each node that could not be fused a sentence, and what it shares with those about other nodes. */
  readonly left: readonly Pick<Explanation, 'node' | 'message' | 'group'>[];
}

/** Tries the preset in memory; the model itself is not changed. */
export async function fusable(model: Model, signal: AbortSignal): Promise<Fusable> {
  const result = await optimize(model, inference(), { signal });
  return {
    rules: byRule(result.notes),
    nodesAfter: result.model.graph.size,
    left: explain(model).map(({ node, message, group }) => ({ node, message, group })),
  };
}

/** The rule stands before the first colon of what a pass did, and the nodes behind it. */
function byRule(notes: readonly Note[]): Fusable['rules'] {
  const found = new Map<string, string[]>();
  for (const { kind, message } of notes) {
    if (kind !== 'did') continue;
    const [, rule = message, nodes = ''] = /^([\w-]+): ([^]*)/.exec(message) ?? [];
    found.set(rule, [...(found.get(rule) ?? []), nodes]);
  }
  return [...found]
    .map(([rule, nodes]) => ({ rule, count: nodes.length, nodes }))
    .sort((a, b) => b.count - a.count);
}
