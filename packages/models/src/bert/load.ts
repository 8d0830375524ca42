import {
  checkOptions,
  fail,
  isOptimizeError,
  optionKinds,
  type Model,
  type OptionKinds,
  type Progress,
} from '@tfjs-optimize/core';
import { readAndClose, readSafetensors, WEIGHTS_FILES } from '../safetensors/open.js';
import { parseIndex } from '../safetensors/shard-index.js';
import { openShards } from '../safetensors/shards.js';
import type { ReadOptions } from '../safetensors/file.js';
import type { SourceOptions } from '../safetensors/source.js';
import type { StateDict } from '../state-dict.js';
import { fileIn, readJson, readText } from '../text-file.js';
import { buildBert, type BertOutput } from './build.js';
import { readBertConfig, type BertConfig } from './config.js';
import { BertTokenizer } from './tokenizer.js';
import type { TokenizerFiles } from './tokenizer-files.js';

/** How a BERT is loaded. */
export interface LoadBertOptions extends SourceOptions {
  /** What the model gives; see {@link buildBert}. */
  readonly outputs?: readonly BertOutput[] | undefined;
  readonly progress?: ((progress: Progress) => void) | undefined;
}

/** A BERT as it was published: model, tokenizer and sizes. */
export interface Bert {
  readonly model: Model<'float'>;
  readonly tokenizer: BertTokenizer;
  readonly config: BertConfig;
}

const OPTIONS: OptionKinds<LoadBertOptions> = {
  outputs: optionKinds.list,
  signal: optionKinds.anything,
  progress: optionKinds.code,
  fetchFunc: optionKinds.code,
  requestInit: optionKinds.object,
};

/**
 * Loads a BERT from the files that Hugging Face's transformers save: `config.json`, `model.safetensors` (or
 * `model.safetensors.index.json` and the files that it names), and
 * `tokenizer.json` or `vocab.txt` (with `tokenizer_config.json`, where it is there).
 * @param place a folder, a file:// URL, or an http(s):// URL of a folder:
 *   `https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2/resolve/main`.
 * @throws `io/…` for files that are missing or damaged, `models/…` where what they say does not fit; `aborted`.
 */
export async function loadBert(place: string, options: LoadBertOptions = {}): Promise<Bert> {
  checkOptions(options, OPTIONS);
  const { outputs, progress, ...source } = options;
  const config = await loadConfig(fileIn(place, 'config.json'), source);
  const tokenizer = BertTokenizer.from(await tokenizerFiles(place, source), config.maxLength);
  const { state, weightsFile } = await readWeights(place, { ...source, progress });
  const model = buildBert(config, state, { outputs, weightsFile });
  return { model: model.with({ source: { kind: 'made', location: place } }), tokenizer, config };
}

async function loadConfig(file: string, source: SourceOptions): Promise<BertConfig> {
  const json = await readJson(file, source);
  if (json !== undefined) return readBertConfig(json, file);
  return fail('io/not-found', {
    subject: file,
    expected: 'a file',
    got: 'none',
    advice: 'Give the folder that holds config.json, model.safetensors and tokenizer.json or vocab.txt',
  });
}

/** From one file, or else from several by their index. */
async function readWeights(
  place: string,
  options: SourceOptions & ReadOptions,
): Promise<{ readonly state: StateDict; readonly weightsFile: string }> {
  const [file, index] = WEIGHTS_FILES.map((name) => fileIn(place, name)) as [string, string];
  try {
    return { state: await readSafetensors(file, options), weightsFile: file };
  } catch (error) {
    if (!isOptimizeError(error) || error.code !== 'io/not-found') throw error;
    const text = await readText(index, options);
    if (text === undefined) throw error;
    const shards = await openShards(parseIndex(text, index), options);
    return { state: await readAndClose(shards, options), weightsFile: index };
  }
}

async function tokenizerFiles(place: string, source: SourceOptions): Promise<TokenizerFiles> {
  const tokenizer = await readJson(fileIn(place, 'tokenizer.json'), source);
  if (tokenizer !== undefined) return { tokenizer };
  const config = await readJson(fileIn(place, 'tokenizer_config.json'), source);
  return { vocab: await readText(fileIn(place, 'vocab.txt'), source), config };
}
