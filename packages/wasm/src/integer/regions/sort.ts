import { splitInput, type GraphNode } from './nodes.js';

/** Nodes so that each stands behind those that it reads; undefined where they go around in a loop. */
export function sorted(nodes: readonly GraphNode[]): GraphNode[] | undefined {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const readers = new Map<string, GraphNode[]>();
  const waiting = new Map<string, number>();
  for (const node of nodes) {
    const sources = new Set((node.input ?? []).map(sourceOf).filter((name) => byName.has(name)));
    waiting.set(node.name, sources.size);
    for (const name of sources) readers.set(name, [...(readers.get(name) ?? []), node]);
  }
  const ready = nodes.filter((node) => waiting.get(node.name) === 0);
  for (const node of ready) {
    for (const reader of readers.get(node.name) ?? []) {
      const left = (waiting.get(reader.name) as number) - 1;
      waiting.set(reader.name, left);
      if (left === 0) ready.push(reader);
    }
  }
  return ready.length === nodes.length ? ready : undefined;
}

function sourceOf(input: string): string {
  return splitInput(input.replace(/^\^/, ''))[0];
}
