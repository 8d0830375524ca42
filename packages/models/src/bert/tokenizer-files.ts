import { fail, valueText, type Problem } from '@tfjs-optimize/core';
import { fileIn, isPage } from '../text-file.js';

/** What a tokenizer is made from. */
export interface TokenizerFiles {
  /** The contents of `tokenizer.json`. */
  readonly tokenizer?: unknown;
  /** The contents of `vocab.txt`: a token a line, numbered from 0. */
  readonly vocab?: string | undefined;
  /** The contents of `tokenizer_config.json`, which beside a `vocab.txt` tells whether letters become small. */
  readonly config?: unknown;
  /** Folder or URL that they are from, for messages. */
  readonly place?: string | undefined;
}

/** What a file is called in messages. */
export function nameIn(place: string | undefined, name: string): string {
  return place === undefined ? name : fileIn(place, name);
}

type Fields = Readonly<Record<string, unknown>>;

/** The special tokens of BERT. */
export const SPECIAL = {
  pad: '[PAD]',
  unknown: '[UNK]',
  start: '[CLS]',
  end: '[SEP]',
  mask: '[MASK]',
} as const;

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * A `tokenizer.json`: the one that is there, or one made from `vocab.txt`.
 * @throws `models/tokenizer` where there is neither, or one that is no WordPiece.
 */
export function tokenizerJson({ tokenizer, vocab, config, place }: TokenizerFiles): Fields {
  if (tokenizer !== undefined) return checked(tokenizer, nameIn(place, 'tokenizer.json'));
  if (vocab !== undefined) {
    return fromVocab(vocab, isObject(config) ? config : {}, nameIn(place, 'vocab.txt'));
  }
  return refuseTokenizer({
    subject: place ?? 'tokenizer',
    expected: 'tokenizer.json or vocab.txt',
    got: 'neither',
    advice: 'Copy one of them from where the model was published',
  });
}

/** Throws `models/tokenizer`. */
export function refuseTokenizer(problem: Problem): never {
  return fail('models/tokenizer', {
    advice: 'Give the file that was published with the model',
    ...problem,
  });
}

/** One more than the highest number of a token. */
export function tokensOf(json: Fields): number {
  const model = isObject(json['model']) ? json['model'] : {};
  const vocab = isObject(model['vocab']) ? Object.values(model['vocab']) : [];
  const added = Array.isArray(json['added_tokens']) ? (json['added_tokens'] as unknown[]) : [];
  const ids = [...vocab, ...added.map((token) => (isObject(token) ? token['id'] : undefined))];
  return ids.reduce<number>((most, id) => (typeof id === 'number' ? Math.max(most, id + 1) : most), 0);
}

function checked(json: unknown, file: string): Fields {
  const model = isObject(json) ? json['model'] : undefined;
  const type = isObject(model) ? model['type'] : undefined;
  if (!isObject(json) || type !== 'WordPiece') {
    refuseTokenizer({
      subject: `${file}, model.type`,
      expected: "'WordPiece'",
      got: valueText(type),
      advice: 'Give a BERT: other tokenizers are not built here',
    });
  }
  return json;
}

function fromVocab(text: string, config: Fields, file: string): Fields {
  if (isPage(text))
    refuseTokenizer({ subject: file, expected: 'a token on each line', got: 'a page of HTML' });
  const tokens = text.replace(/\r?\n$/, '').split(/\r?\n/);
  const vocab = new Map<string, number>();
  tokens.forEach((token, id) => {
    const earlier = vocab.get(token);
    if (earlier !== undefined) {
      refuseTokenizer({
        subject: `${file}, line ${id + 1}`,
        expected: 'a token that is not there yet',
        got: `${valueText(token)} of line ${earlier + 1}`,
      });
    }
    vocab.set(token, id);
  });
  const special = Object.values(SPECIAL).filter((token) => vocab.has(token));
  return {
    added_tokens: special.map((content) => ({ id: vocab.get(content), content, special: true })),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: config['tokenize_chinese_chars'] ?? true,
      strip_accents: config['strip_accents'] ?? null,
      lowercase: config['do_lower_case'] ?? true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    model: {
      type: 'WordPiece',
      unk_token: SPECIAL.unknown,
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(vocab),
    },
  };
}
