import { fail, layerNames, type Model } from '@tfjs-optimize/core';
import { RECORD_VERSION, type Machine } from '../record/measurement.js';
import type { GroupTimeRecord, NodeTimeRecord, ProfileRecord, SpanRecord } from '../record/profile.js';
import type { CallPlan } from './attribution.js';
import type { CallTimes } from './call.js';

/**
 * Sums calls up.
 * @param plain milliseconds of calls that were not profiled.
 * @param calls those that were, at least one.
 */
export function summarize(
  model: Model,
  plan: CallPlan,
  plain: readonly number[],
  calls: readonly CallTimes[],
  machine: Machine,
): ProfileRecord {
  for (const call of calls) checkKernels(plan, call);
  const middle = middleHalf(calls, ({ ms }) => ms);
  const nodes = nodeTimes(model, plan, middle);
  return {
    version: RECORD_VERSION,
    machine,
    calls: calls.length,
    wholeMs: mean(middleHalf(plain, (ms) => ms)),
    profiledMs: mean(middle.map(({ ms }) => ms)),
    sumMs: nodes.reduce((sum, { ms }) => sum + ms, 0),
    nodes,
    ops: groupTimes(nodes, ({ op }) => op),
    layers: groupTimes(nodes, ({ layer }) => layer),
    timeline: timeline(model, plan, median(calls)),
  };
}

/**
 * Outputs that are weights or inputs are cloned after the run; any other difference would blame the
 * wrong nodes.
 */
function checkKernels(plan: CallPlan, { kernels }: CallTimes): void {
  const at = plan.kernels.findIndex(({ kernel }, i) => kernels[i]?.kernel !== kernel);
  if (at < 0) return;
  const expected = plan.kernels[at]?.kernel as string;
  fail('model/run', {
    subject: 'profile',
    expected: `every call to run the same kernels, ${expected} as number ${at + 1} of ${plan.kernels.length}`,
    got: kernels[at]?.kernel ?? 'the end of the call',
    advice: 'Models whose control flow depends on random numbers cannot be profiled',
  });
}

/** A stretch of a call that one node has to itself, in milliseconds after the call's start. */
interface Stretch {
  readonly node: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** The part that passes inside a kernel. */
  readonly kernelMs: number;
}

/** Divides a call among its nodes. Several that compute in JavaScript between two kernels share alike. */
function* stretches({ kernels, between }: CallPlan, call: CallTimes): Generator<Stretch> {
  for (let i = 0; i <= kernels.length; i++) {
    const time = call.kernels[i];
    const fromMs = time?.fromMs ?? call.kernels[i - 1]?.endMs ?? 0;
    const startMs = time?.startMs ?? call.ms;
    const others = between.get(i) ?? [];
    for (const [turn, node] of others.entries()) {
      const at = (part: number): number => fromMs + ((startMs - fromMs) * part) / others.length;
      yield { node, fromMs: at(turn), toMs: at(turn + 1), kernelMs: 0 };
    }
    const owner = kernels[i];
    if (owner === undefined || time === undefined) return;
    const { endMs } = time;
    yield {
      node: owner.node,
      fromMs: others.length > 0 ? startMs : fromMs,
      toMs: endMs,
      kernelMs: endMs - startMs,
    };
  }
}

/** Mean times of nodes over calls, slowest first. */
function nodeTimes(model: Model, plan: CallPlan, calls: readonly CallTimes[]): NodeTimeRecord[] {
  const { opOf, layerOf } = wordsOn(model, plan);
  const kernels = kernelsOfFirstTurns(plan);
  const sums = new Map<string, { ms: number; kernelMs: number }>();
  for (const call of calls) {
    for (const { node, fromMs, toMs, kernelMs } of stretches(plan, call)) {
      const sum = sums.get(node) ?? { ms: 0, kernelMs: 0 };
      sums.set(node, { ms: sum.ms + toMs - fromMs, kernelMs: sum.kernelMs + kernelMs });
    }
  }
  return [...sums]
    .map(([name, { ms, kernelMs }]) => ({
      name,
      op: opOf(name),
      layer: layerOf(name),
      kernels: kernels.get(name) ?? [],
      ms: ms / calls.length,
      kernelMs: kernelMs / calls.length,
      ...(plan.regions.has(name) && { members: [...(plan.regions.get(name) ?? [])] }),
    }))
    .sort((a, b) => b.ms - a.ms);
}

/** Kernels of each node up to the first kernel of another one. */
function kernelsOfFirstTurns({ kernels }: CallPlan): Map<string, string[]> {
  const found = new Map<string, string[]>();
  kernels.forEach(({ kernel, node }, i) => {
    const own = found.get(node);
    if (own === undefined) found.set(node, [kernel]);
    else if (kernels.slice(i - own.length, i).every((before) => before.node === node)) own.push(kernel);
  });
  return found;
}

/** The op of nodes that run as one. */
const REGION = 'int8 region';

/** Tells op and layer of a node or of several that run as one, whose time cannot be divided among their layers. */
function wordsOn(
  model: Model,
  { regions }: CallPlan,
): { readonly opOf: (name: string) => string; readonly layerOf: (name: string) => string } {
  const layerOfNode = layerNames(model);
  return {
    opOf: (name) => (regions.has(name) ? REGION : (model.graph.get(name)?.op ?? '')),
    layerOf: (name) => {
      const members = regions.get(name);
      if (members === undefined) return layerOfNode(name);
      const layers = [...new Set(members.map(layerOfNode))];
      const [first = ''] = layers;
      return layers.length < 2 ? first : `${layers.length} layers, ${first} to ${layers.at(-1) ?? ''}`;
    },
  };
}

/** Sums of nodes of one name, slowest first. */
function groupTimes(
  nodes: readonly NodeTimeRecord[],
  nameOf: (node: NodeTimeRecord) => string,
): GroupTimeRecord[] {
  const groups = new Map<string, { nodes: number; ms: number }>();
  for (const node of nodes) {
    const group = groups.get(nameOf(node)) ?? { nodes: 0, ms: 0 };
    groups.set(nameOf(node), { nodes: group.nodes + 1, ms: group.ms + node.ms });
  }
  return [...groups].map(([name, group]) => ({ name, ...group })).sort((a, b) => b.ms - a.ms);
}

/** Neighbouring stretches of one node as one span. */
function timeline(model: Model, plan: CallPlan, call: CallTimes): SpanRecord[] {
  const { opOf, layerOf } = wordsOn(model, plan);
  const spans: SpanRecord[] = [];
  for (const { node, fromMs, toMs } of stretches(plan, call)) {
    const last = spans.at(-1);
    if (last?.name === node) {
      spans[spans.length - 1] = { ...last, ms: toMs - last.startMs };
    } else {
      const op = opOf(node);
      spans.push({ name: node, op, layer: layerOf(node), startMs: fromMs, ms: toMs - fromMs });
    }
  }
  return spans;
}

/** The items between the quartiles by a number, at least one: what is left when disturbed calls go. */
function middleHalf<T>(items: readonly T[], by: (item: T) => number): T[] {
  const sorted = [...items].sort((a, b) => by(a) - by(b));
  const cut = Math.floor(sorted.length / 4);
  return sorted.slice(cut, sorted.length - cut);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function median(calls: readonly CallTimes[]): CallTimes {
  const sorted = [...calls].sort((a, b) => a.ms - b.ms);
  return sorted[(sorted.length - 1) >> 1] as CallTimes;
}
