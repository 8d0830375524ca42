import {
  checkOptions,
  fail,
  optionKinds,
  valueText,
  type Model,
  type OptionKinds,
} from '@tfjs-optimize/core';
import { DOWNLOAD_KINDS } from '../download/options.js';
import { WEIGHTS_FILES } from '../safetensors/open.js';
import { OF_PICKLES } from '../safetensors/pickle.js';
import type { StateDict } from '../state-dict.js';
import { fileIn, parseJson } from '../text-file.js';
import { buildBert, type BertOutput } from './build.js';
import { readBertConfig, type BertConfig } from './config.js';
import { checkSums, findAmong, type FilesOptions } from './files.js';
import type { TokenizerFiles } from './tokenizer-files.js';
import { BertTokenizer } from './tokenizer.js';

/** How a BERT is loaded, and fetched where it is on a server: see `download`. */
export interface LoadBertOptions extends FilesOptions {
  /** What the model gives; see {@link buildBert}. */
  readonly outputs?: readonly BertOutput[] | undefined;
}

/** A BERT as it was published: model, tokenizer and sizes. */
export interface Bert {
  readonly model: Model<'float'>;
  readonly tokenizer: BertTokenizer;
  readonly config: BertConfig;
}

const OPTIONS: OptionKinds<LoadBertOptions> = {
  ...DOWNLOAD_KINDS,
  sha256: optionKinds.object,
  outputs: optionKinds.list,
};

/**
 * Loads a BERT from the files that Hugging Face's transformers save: `config.json`, `model.safetensors` (or
 * `model.safetensors.index.json` and the files that it names), and
 * `tokenizer.json` or `vocab.txt` (with `tokenizer_config.json`, where it is there). From a server they are fetched once, as
 * by `download`; in browsers, which have a cache of their own, at each call.
 * @param place a folder, a file:// URL, or an http(s):// URL of a folder:
 *   `https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2/resolve/main`.
 * @throws `io/…` for files that are missing or damaged, `models/…` where what they say does not fit; what
 *   `download` throws; `aborted`.
 */
export async function loadBert(place: string, options: LoadBertOptions = {}): Promise<Bert> {
  checkOptions(options, OPTIONS);
  const { outputs, ...rest } = options;
  checkSums(rest.sha256);
  if (typeof place !== 'string' || place === '') {
    fail('argument/invalid', {
      subject: 'place',
      expected: 'a folder or the URL of one',
      got: valueText(place),
      advice: ADVICE,
    });
  }
  const config = await loadConfig(place, rest);
  const tokenizer = await loadTokenizer(place, rest, config);
  const { state, weightsFile } = await loadState(place, rest);
  const model = buildBert(config, state, { outputs, weightsFile });
  return { model: model.with({ source: { kind: 'made', location: place } }), tokenizer, config };
}

const ADVICE = 'Give the folder that holds config.json, model.safetensors and tokenizer.json or vocab.txt';

async function loadConfig(place: string, options: FilesOptions): Promise<BertConfig> {
  const file = fileIn(place, 'config.json');
  const config = await findAmong(place, options, (files) =>
    files.read('config.json', (text) => readBertConfig(parseJson(text, file), file)),
  );
  return config ?? fail('io/not-found', { subject: file, expected: 'a file', got: 'none', advice: ADVICE });
}

async function loadTokenizer(
  place: string,
  options: FilesOptions,
  { maxLength, vocabSize }: BertConfig,
): Promise<BertTokenizer> {
  const json = (name: string) => (text: string) => parseJson(text, fileIn(place, name));
  const make = (files: TokenizerFiles): BertTokenizer =>
    BertTokenizer.from({ ...files, place }, maxLength, vocabSize);
  const found = await findAmong(place, options, async (files) => {
    const whole = await files.read('tokenizer.json', (text) =>
      make({ tokenizer: json('tokenizer.json')(text) }),
    );
    if (whole !== undefined) return whole;
    const config = await files.read('tokenizer_config.json', json('tokenizer_config.json'));
    return files.read('vocab.txt', (vocab) => make({ vocab, config }));
  });
  return found ?? make({}); // which tells what is missing
}

/** From one file, or else from several by their index. */
async function loadState(
  place: string,
  options: FilesOptions,
): Promise<{ readonly state: StateDict; readonly weightsFile: string }> {
  const [one, index] = WEIGHTS_FILES;
  const found = await findAmong(place, options, async (files) => {
    const whole = await files.weights(one);
    if (whole !== undefined) return { state: whole, weightsFile: files.at(one) };
    const state = await files.shards(index);
    return state && { state, weightsFile: files.at(index) };
  });
  if (found !== undefined) return found;
  return fail('io/not-found', {
    subject: fileIn(place, one),
    expected: `a file, or ${index} beside it`,
    got: 'neither',
    advice: OF_PICKLES,
  });
}
