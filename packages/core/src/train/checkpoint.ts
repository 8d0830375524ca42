import type * as tf from '@tensorflow/tfjs';
import { fail } from '../errors.js';
import { isJsonObject } from '../graph/json-attr.js';
import { fileStore } from '../io/file-store.js';
import { readStore } from '../io/store.js';
import { saveWith } from '../io/save.js';
import { FACTS_KEY } from '../io/artifacts.js';
import type { Json, JsonObject } from '../json.js';
import type { Model } from '../model.js';
import { Weight, Weights } from '../weights.js';
import type { BestState, EpochRecord } from './history.js';
import type { Means } from './metrics.js';
import type { Settings } from './settings.js';

/** Where and how often training is written to disk. */
export interface CheckpointOptions {
  /** A folder. It holds a graph model of the weights of that moment, which loads as any other, and what training needs. */
  readonly folder: string;
  /** Steps from one to the next, beside those at the end of each epoch. */
  readonly everySteps?: number;
  /** Go on where the checkpoint in the folder stands, if there is one. Else a folder that is there is refused. */
  readonly resume?: boolean;
}

/** What training needs to go on as if it had not been interrupted. */
export interface TrainingState {
  /** Steps done in all, and in the epoch that runs. */
  readonly step: number;
  readonly epoch: number;
  readonly stepInEpoch: number;
  readonly optimizer: string;
  readonly iterations: number;
  /** Sums of the epoch that runs. */
  readonly means: Means['state'];
  readonly best: BestState;
  readonly history: readonly EpochRecord[];
  /** Values of facts that the best weights obey, by the names of the facts; only where there are best weights. */
  readonly bestFacts?: JsonObject;
  /** Whether it ended since nothing got better any more. */
  readonly endedEarly?: boolean;
  /** What must be the same when it goes on. */
  readonly settings: Settings;
}

/** A checkpoint in memory: its state, weights and facts of the model, and tensors of the training by name. */
export interface Checkpoint {
  readonly state: TrainingState;
  readonly weights: Weights;
  /** Values of facts by the names of the facts. */
  readonly facts: JsonObject;
  readonly tensors: Weights;
}

const KEY = 'tfjsOptimizeTraining';
/** Before the names of tensors that are not the model's, which may have weights of any name. */
const PREFIX = `${KEY}/`;
const VERSION = 3;

/** Writes a checkpoint in the place of the one before, which stays until the new one is complete. */
export async function writeCheckpoint(
  folder: string,
  model: Model,
  state: TrainingState,
  tensors: ReadonlyMap<string, tf.Tensor>,
): Promise<void> {
  const extra = new Map<string, Weight>();
  for (const [name, tensor] of tensors) {
    const data = (await tensor.data()) as Float32Array | Int32Array;
    extra.set(PREFIX + name, Weight.of(data.slice(), tensor.shape));
  }
  await saveWith(model, folder, { [KEY]: { version: VERSION, ...state } as unknown as Json }, extra);
}

/** The checkpoint in a folder; undefined where there is no such folder. */
export async function readCheckpoint(folder: string): Promise<Checkpoint | undefined> {
  let stored;
  try {
    stored = await readStore(await fileStore(folder));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'io/not-found') return undefined;
    throw error;
  }
  const metadata = stored.json['userDefinedMetadata'];
  const state = isJsonObject(metadata) ? metadata[KEY] : undefined;
  if (!isJsonObject(state) || state['version'] !== VERSION) {
    fail('train/checkpoint', {
      subject: folder,
      expected: `a checkpoint of version ${VERSION}`,
      got: isJsonObject(state) ? `version ${JSON.stringify(state['version'])}` : 'a model without training',
      advice: 'Give another folder',
    });
  }
  const facts = isJsonObject(metadata) ? metadata[FACTS_KEY] : undefined;
  const own = [...stored.weights].filter(([name]) => name.startsWith(PREFIX));
  return {
    state: state as unknown as TrainingState,
    weights: stored.weights,
    facts: isJsonObject(facts) ? facts : {},
    tensors: new Weights(own.map(([name, weight]) => [name.slice(PREFIX.length), weight])),
  };
}
