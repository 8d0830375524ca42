import { Annotations, annotate } from '../annotate.js';
import { cost } from '../cost.js';
import { filesOf } from '../io/files.js';
import type { Spread } from '../measure/stats.js';
import type { Model, ModelInputs, Stage } from '../model.js';

/** What is known of one model. Sizes are in bytes; what was not asked for is absent. */
export interface Figures {
  readonly stage: Stage;
  /**
   * Bytes of model.json and all weight files: those that the model was loaded from, or those that `saveModel` would
   * write of one that was not loaded or was changed since.
   */
  readonly fileBytes: number;
  /** Bytes of the weights as they are stored, and as TensorFlow.js holds them in memory. */
  readonly weightBytes: { readonly stored: number; readonly memory: number };
  /** Elements of trained constants; see `cost` for what counts. */
  readonly parameters: number;
  readonly nonZeroParameters: number;
  readonly nodes: number;
  /** Number of nodes of each op, most frequent first. */
  readonly nodesByOp: Readonly<Record<string, number>>;
  /** Arithmetic of one run on the sample; absent without a sample. */
  readonly work?: WorkFigures;
  /** The score that `evaluate` gave, higher is better. */
  readonly metric?: number;
  /** Milliseconds a run on the sample. */
  readonly latency?: Spread;
}

/** Arithmetic and memory of one run. */
export interface WorkFigures {
  readonly macs: number;
  readonly flops: number;
  /** Most bytes of activations held at once, estimated. */
  readonly peakActivationBytes: number;
  /** Ops whose arithmetic is not counted in the sums. */
  readonly uncounted: readonly string[];
}

/** The figures of a model that need no timing: sizes, nodes and, with a sample, arithmetic. */
export async function figuresOf(
  model: Model,
  sample: ModelInputs | undefined,
  options: { readonly signal?: AbortSignal } = {},
): Promise<Figures> {
  const annotations = sample === undefined ? new Annotations([]) : await annotate(model, sample, options);
  const found = cost(model, annotations);
  const { parameters, nonZeroParameters, weightBytes, macs, flops, peak, uncounted } = found;
  const work = {
    macs,
    flops,
    peakActivationBytes: peak.bytes,
    uncounted: [...new Set(uncounted.map(({ op }) => op))].sort(),
  };
  return {
    stage: model.stage,
    fileBytes: (await filesOf(model)).bytes,
    weightBytes,
    parameters,
    nonZeroParameters,
    nodes: model.graph.size,
    nodesByOp: countOps(model),
    ...(sample === undefined ? {} : { work }),
  };
}

function countOps(model: Model): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { op } of model.graph) counts.set(op, (counts.get(op) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)));
}
