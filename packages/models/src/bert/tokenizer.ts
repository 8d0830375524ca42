import { checkOptions, fail, optionKinds, valueText, type OptionKinds } from '@tfjs-optimize/core';
import * as huggingFace from '@huggingface/tokenizers';
import { TokenBatch } from './token-batch.js';
import {
  nameIn,
  refuseTokenizer,
  SPECIAL,
  tokenizerJson,
  tokensOf,
  type TokenizerFiles,
} from './tokenizer-files.js';
import { truncated } from './truncation.js';

/** How texts become tokens. */
export interface EncodeTextOptions {
  /** A second part for each text, behind its first: a question and its answer. */
  readonly pairs?: string | readonly string[] | undefined;
  /** Tokens of a text at most, special ones included; what the model takes unless given. */
  readonly maxLength?: number | undefined;
  /** Cut what is longer, of pairs from the longer part, instead of refusing it; off unless given. */
  readonly truncation?: boolean | undefined;
  /** Pad to the longest of the texts (`longest`, unless given) or, at least, to a number of tokens. */
  readonly padding?: 'longest' | number | undefined;
}

const OPTIONS: OptionKinds<EncodeTextOptions> = {
  pairs: optionKinds.either(optionKinds.list, {
    expected: 'a text',
    fits: (value) => typeof value === 'string',
  }),
  maxLength: optionKinds.whole,
  truncation: optionKinds.flag,
  padding: optionKinds.either(optionKinds.oneOf('longest'), optionKinds.whole),
};

/** What the tokenizer of Hugging Face is asked for. */
interface WordPieces {
  encode(text: string, options: { add_special_tokens: boolean }): { readonly ids: readonly number[] };
  token_to_id(token: string): number | undefined;
}

/** The types of the package do not resolve in Node's way of modules, so what is used of it is told here. */
const { Tokenizer } = huggingFace as unknown as {
  readonly Tokenizer: new (tokenizer: object, config: object) => WordPieces;
};

/** Makes the inputs of a BERT from texts: WordPiece (Wu et al. 2016) by `@huggingface/tokenizers`. */
export class BertTokenizer {
  private constructor(
    private readonly pieces: WordPieces,
    private readonly special: Readonly<Record<'pad' | 'start' | 'end', number>>,
    /** Tokens that a text may have, special ones included. */
    readonly maxLength: number,
  ) {}

  /**
   * @param maxLength tokens that the model takes; 512 unless given, as BERT has it.
   * @param vocabSize rows of the model's table of words, behind which no token may be; any number unless given.
   * @throws `models/tokenizer` where neither file is given, one is of another kind, special tokens are missing, or there are
   *   more tokens than words.
   */
  static from(files: TokenizerFiles, maxLength = 512, vocabSize = Infinity): BertTokenizer {
    const json = tokenizerJson(files);
    const file = nameIn(files.place, files.tokenizer === undefined ? 'vocab.txt' : 'tokenizer.json');
    const tokens = tokensOf(json);
    if (tokens > vocabSize) {
      refuseTokenizer({
        subject: file,
        expected: `at most ${vocabSize} tokens, as the model's vocab_size tells`,
        got: `${tokens}`,
      });
    }
    const pieces = load(json, file);
    const need = (token: string): number =>
      pieces.token_to_id(token) ??
      refuseTokenizer({ subject: file, expected: `the token ${token}`, got: 'none of that name' });
    need(SPECIAL.unknown);
    const special = { pad: need(SPECIAL.pad), start: need(SPECIAL.start), end: need(SPECIAL.end) };
    return new BertTokenizer(pieces, special, maxLength);
  }

  /**
   * Texts as [CLS] text [SEP], or [CLS] text [SEP] pair [SEP]. An empty text has no tokens of its own.
   * @throws `models/text` naming the text, where it is longer than the model takes and not to be cut, or is no Unicode.
   */
  encode(texts: string | readonly string[], options: EncodeTextOptions = {}): TokenBatch {
    checkOptions(options, OPTIONS);
    const { maxLength = this.maxLength, truncation = false, padding = 'longest' } = options;
    checkLength(maxLength, this.maxLength, options.pairs === undefined ? 2 : 3);
    const first = listOf(texts, 'texts');
    const second = options.pairs === undefined ? undefined : listOf(options.pairs, 'pairs');
    if (second !== undefined && second.length !== first.length) {
      fail('models/text', {
        subject: 'pairs',
        expected: `${first.length}, one for each text`,
        got: `${second.length}`,
      });
    }
    const rows = first.map((text, i) => {
      const parts = [this.idsOf(text, `texts[${i}]`)];
      if (second !== undefined) parts.push(this.idsOf(second[i] as string, `pairs[${i}]`));
      return fitted(parts, { maxLength, truncation, subject: `texts[${i}]` });
    });
    if (typeof padding === 'number') checkLength(padding, this.maxLength, 1, 'padding');
    return this.batch(rows, typeof padding === 'number' ? padding : 0);
  }

  private idsOf(text: string, subject: string): readonly number[] {
    if (typeof text !== 'string') {
      fail('models/text', { subject, expected: 'a text', got: valueText(text) });
    }
    const broken = text.search(/\p{Surrogate}/u);
    if (broken >= 0) {
      fail('models/text', {
        subject: `${subject}, character ${broken}`,
        expected: 'Unicode',
        got: `half a character (0x${text.charCodeAt(broken).toString(16)})`,
        advice: 'Do not cut texts within a character; text.toWellFormed() replaces what is left of one',
      });
    }
    return this.pieces.encode(text, { add_special_tokens: false }).ids;
  }

  private batch(rows: readonly (readonly (readonly number[])[])[], least: number): TokenBatch {
    const { pad, start, end } = this.special;
    const lengths = rows.map((parts) => parts.reduce((sum, part) => sum + part.length + 1, 1));
    const length = Math.max(least, ...lengths);
    const size = rows.length * length;
    const [ids, types, mask] = [new Int32Array(size).fill(pad), new Int32Array(size), new Int32Array(size)];
    rows.forEach((parts, row) => {
      let at = row * length;
      ids[at++] = start;
      parts.forEach((part, type) => {
        ids.set([...part, end], at);
        types.fill(type, at, at + part.length + 1);
        at += part.length + 1;
      });
      mask.fill(1, row * length, at);
    });
    return new TokenBatch([rows.length, length], ids, types, mask);
  }
}

function load(json: Readonly<Record<string, unknown>>, file: string): WordPieces {
  try {
    // Its ids alone are of use here: special tokens come after truncation.
    return new Tokenizer({ ...json, post_processor: null, decoder: null }, {});
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : String(cause);
    return refuseTokenizer({ subject: file, expected: 'a tokenizer of WordPiece', got, cause });
  }
}

function listOf(texts: string | readonly string[], subject: string): readonly string[] {
  const list = typeof texts === 'string' ? [texts] : texts;
  const isList: boolean = Array.isArray(list);
  if (!isList || list.length === 0) {
    fail('models/text', { subject, expected: 'one text or more', got: valueText(texts) });
  }
  return list;
}

function checkLength(length: number, most: number, least: number, subject = 'maxLength'): void {
  if (length >= least && length <= most) return;
  fail('models/text', {
    subject,
    expected: `from ${least} to ${most} tokens, which the model takes`,
    got: `${length}`,
  });
}

interface Fit {
  readonly maxLength: number;
  readonly truncation: boolean;
  readonly subject: string;
}

/** The parts of a text, cut where they are too long together with their special tokens. */
function fitted(
  parts: readonly (readonly number[])[],
  { maxLength, truncation, subject }: Fit,
): readonly (readonly number[])[] {
  const room = maxLength - parts.length - 1;
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  if (length <= room) return parts;
  if (truncation) return truncated(parts, room);
  return fail('models/text', {
    subject,
    expected: `at most ${maxLength} tokens, ${parts.length + 1} special ones included`,
    got: `${length + parts.length + 1}`,
    advice: 'Pass {truncation: true} to cut it, or split the text',
  });
}
