import type { Graph } from './graph.js';
import { nodeOf } from './node.js';

/** Names of the nodes that the outputs depend on. */
export function liveNodes(graph: Graph): ReadonlySet<string> {
  const live = new Set<string>();
  const pending = graph.outputs.map((value) => nodeOf(value));
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (live.has(name)) continue;
    live.add(name);
    const { inputs, controls } = graph.need(name);
    pending.push(...inputs.map((value) => nodeOf(value)), ...controls);
  }
  return live;
}
