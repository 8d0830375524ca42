import * as tf from '@tensorflow/tfjs';
import {
  opRow,
  patchMethod,
  runKeepingAll,
  type KeptValue,
  type Model,
  type ModelInputs,
} from '@tfjs-optimize/core';
import { watchKernels } from './kernels.js';

/** A kernel of a call and the node that called it. */
export interface KernelOfNode {
  readonly kernel: string;
  readonly node: string;
}

/** What a call of a model does, in order. */
export interface CallPlan {
  readonly kernels: readonly KernelOfNode[];
  /**
   * Nodes that compute in JavaScript and not in kernels (non-maximum suppression, hash tables), by the
   * index of the kernel after them; behind the last kernel it is the number of kernels.
   */
  readonly between: ReadonlyMap<number, readonly string[]>;
  /** Nodes of the model that the backend runs as one, by the name that they have together. */
  readonly regions: ReadonlyMap<string, readonly string[]>;
}

/**
 * Tells which node calls which kernels, in the order in which a call of the model runs them.
 *
 * TensorFlow.js' executor does not tell which node it is at, but when it is asked to keep what nodes
 * make it clones the outputs of each node as soon as that has run. Every clone is a kernel, too, and so
 * ends the list of those that its node called. A second run without clones calls the same kernels in
 * the same order, as long as its inputs are the same.
 */
export async function planOfCall(model: Model, inputs: ModelInputs): Promise<CallPlan> {
  const { calls, clones, stop } = recordKernels();
  const look = (kept: readonly KeptValue[]): CallPlan => {
    const { regions, nameOf } = regionsIn(kept);
    const owners = new Map(kept.map(({ node, tensor }) => [tensor.id, nameOf(node)]));
    return { ...attribute(model, calls, clones, owners), regions };
  };
  try {
    return await runKeepingAll(model, inputs, look, 'outputs');
  } finally {
    stop();
  }
}

/**
 * Nodes that ran as one. Those that hand on what comes out of them have the names of their last members, and belong to
 * them. What stands for a single node has that node's name.
 */
function regionsIn(kept: readonly KeptValue[]): {
  readonly regions: ReadonlyMap<string, readonly string[]>;
  readonly nameOf: (node: string) => string;
} {
  const regions = new Map<string, readonly string[]>();
  const names = new Map<string, string>();
  for (const { node, members = [] } of kept) {
    const [first, last] = [members[0], members.at(-1)];
    if (first === undefined || last === undefined) continue;
    const isOne = members.length === 1;
    const name = isOne ? first : `${members.length} ops as one, ${first} to ${last}`;
    if (!isOne) regions.set(name, members);
    for (const each of [node, ...members]) names.set(each, name);
  }
  return { regions, nameOf: (node) => names.get(node) ?? node };
}

interface RecordedCall {
  readonly kernel: string;
  /** Ids of its outputs. */
  readonly outputs: readonly number[];
}

/** Records kernels, and which of them are clones for keeping: what is kept at once, before any other kernel. */
function recordKernels(): {
  readonly calls: readonly RecordedCall[];
  readonly clones: ReadonlySet<RecordedCall>;
  readonly stop: () => void;
} {
  const calls: RecordedCall[] = [];
  const clones = new Set<RecordedCall>();
  const unwatch = watchKernels(({ kernel, outputs }) => {
    calls.push({ kernel, outputs: [outputs].flat().map((tensor: tf.Tensor) => tensor.id) });
  });
  const engine = tf.engine();
  const keep = engine.keep.bind(engine);
  const unpatch = patchMethod(engine, 'keep', <T extends tf.Tensor>(tensor: T): T => {
    const last = calls.at(-1);
    if (last?.kernel === tf.Identity && last.outputs[0] === tensor.id) clones.add(last);
    return keep(tensor);
  });
  const stop = (): void => {
    unpatch();
    unwatch();
  };
  return { calls, clones, stop };
}

/**
 * Gives each kernel to the node whose clone follows it. Clones without an owner are those of weights and
 * of nodes inside functions; a function's kernels so belong to the node that calls it.
 */
function attribute(
  { graph }: Model,
  calls: readonly RecordedCall[],
  clones: ReadonlySet<RecordedCall>,
  owners: ReadonlyMap<number, string>,
): Omit<CallPlan, 'regions'> {
  const kernels: KernelOfNode[] = [];
  const between = new Map<number, string[]>();
  let waiting: string[] = [];
  for (const call of calls) {
    if (!clones.has(call)) {
      waiting.push(call.kernel);
      continue;
    }
    const node = owners.get(call.outputs[0] as number);
    if (node === undefined) continue;
    for (const kernel of waiting) kernels.push({ kernel, node });
    waiting = [];
    const others = between.get(kernels.length) ?? [];
    // A node with several outputs is cloned several times.
    if (computesInJavaScript(graph.get(node)?.op) && !others.includes(node)) {
      between.set(kernels.length, [...others, node]);
    }
  }
  return { kernels, between };
}

/** Ops for which TensorFlow.js reads values and works on them without a kernel. */
function computesInJavaScript(op: string | undefined): boolean {
  const category = op === undefined ? undefined : opRow(op)?.category;
  return category === 'dynamic' || category === 'hash table';
}
