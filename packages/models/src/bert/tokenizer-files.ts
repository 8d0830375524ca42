import { fail, valueText } from '@tfjs-optimize/core';

/** What a tokenizer is made from. */
export interface TokenizerFiles {
  /** The contents of `tokenizer.json`. */
  readonly tokenizer?: unknown;
  /** The contents of `vocab.txt`: a token a line, numbered from 0. */
  readonly vocab?: string | undefined;
  /** The contents of `tokenizer_config.json`, which beside a `vocab.txt` tells whether letters become small. */
  readonly config?: unknown;
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
export function tokenizerJson({ tokenizer, vocab, config }: TokenizerFiles): Fields {
  if (tokenizer !== undefined) return checked(tokenizer);
  if (vocab !== undefined) return fromVocab(vocab, isObject(config) ? config : {});
  return fail('models/tokenizer', {
    subject: 'tokenizer',
    expected: 'tokenizer.json or vocab.txt',
    got: 'neither',
  });
}

function checked(json: unknown): Fields {
  const model = isObject(json) ? json['model'] : undefined;
  const type = isObject(model) ? model['type'] : undefined;
  if (!isObject(json) || type !== 'WordPiece') {
    fail('models/tokenizer', {
      subject: 'tokenizer.json, model.type',
      expected: "'WordPiece'",
      got: valueText(type),
    });
  }
  return json;
}

function fromVocab(text: string, config: Fields): Fields {
  const tokens = text.replace(/\r?\n$/, '').split(/\r?\n/);
  const vocab = new Map<string, number>();
  tokens.forEach((token, id) => {
    const earlier = vocab.get(token);
    if (earlier !== undefined) {
      fail('models/tokenizer', {
        subject: `vocab.txt, line ${id + 1}`,
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
