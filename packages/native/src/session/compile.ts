import {
  checkOptions,
  fail,
  isModel,
  loadModel,
  optionKinds,
  throwIfAborted,
  type Model,
} from '@tfjs-optimize/core';
import { planOf, PRECISION_KINDS, type PrecisionOptions, type PrecisionPlan } from '../precision/plan.js';
import { checkModel } from '../saved-model/check.js';
import type { ModelLike, WritingOptions } from '../saved-model/save.js';
import { loadTfjsNode, type LoadedSavedModel, type TfNode } from '../tfjs-node/load.js';
import { CompiledModel } from './compiled-model.js';
import { withSavedModel } from './saved.js';

/** How a model is compiled. */
export interface CompileOptions extends PrecisionOptions, Pick<WritingOptions, 'weights' | 'signal'> {
  /**
   * A folder for SavedModels, to be made, one of each model by its digest, from which the next `compile` of the same
   * model loads. Any number of processes may share it; nothing is ever removed from it. Without one a temporary folder
   * is used while TensorFlow loads.
   */
  readonly cache?: string | undefined;
}

const { text, oneOf, anything } = optionKinds;

const KINDS = {
  ...PRECISION_KINDS,
  cache: text,
  weights: oneOf('constants', 'variables'),
  signal: anything,
} as const;

/** What others offer here and tfjs-node does not, and what to do instead. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  threads:
    'They are those of the process: call configure({ intraOpThreads }) before anything loads tfjs-node',
  xla: 'Leave it out: tfjs-node hands TensorFlow no options of sessions, and XLA cannot be turned on through it',
};

/**
 * Compiles a model: writes it as a SavedModel and loads that into a session of TensorFlow, whose optimizer fuses ops,
 * lays out data for the machine and packs weights, and whose executor runs independent nodes side by side. Loads
 * tfjs-node where it is not loaded yet and makes its backend the one in use.
 *
 * @param model of floats; its data is kept beside the session's.
 * @returns the same model, running in the session; to be disposed of.
 * @throws `native/missing` where tfjs-node is not installed whole, `native/load` where TensorFlow refuses the model,
 *   `argument/invalid`, `aborted`, and what {@link saveSavedModel} throws.
 */
export async function compile(model: ModelLike, options: CompileOptions = {}): Promise<CompiledModel> {
  refuseElsewhere(options);
  checkOptions<CompileOptions>(options, KINDS);
  const { cache, weights, signal } = options;
  throwIfAborted(signal, 'compiling');
  await loadTfjsNode();
  const ours: Model = isModel(model) ? model : await loadModel(model, { signal });
  checkModel(ours);
  const plan = await planOf(ours, options, signal);
  return compilePlanned(ours, plan, { cache, weights, signal });
}

/** Compiles a model that was checked, as it was planned. */
export async function compilePlanned(
  model: Model,
  plan: PrecisionPlan,
  options: Pick<CompileOptions, 'cache' | 'weights' | 'signal'>,
): Promise<CompiledModel> {
  const { node } = await loadTfjsNode();
  const session = await withSavedModel(model, plan, options, (folder) =>
    load(node, folder, options.cache !== undefined),
  );
  return new CompiledModel(model, session, plan);
}

function refuseElsewhere(options: object): void {
  const name = Object.keys(ELSEWHERE).find((each) => Object.hasOwn(options, each));
  if (name === undefined) return;
  fail('argument/invalid', {
    subject: name,
    expected: `options of compile (${Object.keys(KINDS).join(', ')})`,
    got: 'one that TensorFlow does not take from tfjs-node for one session',
    advice: ELSEWHERE[name] as string,
  });
}

async function load(node: TfNode, folder: string, isCached: boolean): Promise<LoadedSavedModel> {
  try {
    return await node.loadSavedModel(folder);
  } catch (cause) {
    return fail('native/load', {
      subject: folder,
      expected: 'TensorFlow to load it',
      got: cause instanceof Error ? cause.message : String(cause),
      ...(isCached && { advice: 'Remove the folder, so that it is written anew' }),
      cause,
    });
  }
}
