import { fail, valueText } from '@tfjs-optimize/core';
import { isPage } from '../text-file.js';
import { areTexts, numbered } from './numbered.js';

/** Where the names of a configuration of transformers or timm stand. */
const CONFIG_KEYS = ['id2label', 'label_names'] as const;

/** What stands before each name in the lists of Caffe (`synset_words.txt`): an id of WordNet. */
const WORDNET_ID = /^n\d{8}[\s,]+/;

/**
 * Names of classes, by their numbers, from the text of a file in any form that they are published in:
 *
 * - lines, one for each class, also behind ids of WordNet (`n01440764 tench, Tinca tinca`);
 * - a JSON list of names;
 * - a JSON object by number, of names or, as Keras' `imagenet_class_index.json` has it, of `["n01440764", "tench"]`;
 * - a `config.json` of transformers (`id2label`) or timm (`label_names`).
 *
 * @param file what the text is called in messages.
 * @throws `models/labels` for other forms, pages of HTML, no names, numbers that are not 0, 1, 2, …, and empty lines, which would shift
 *   all names behind them.
 */
export function parseLabels(text: string, file = 'labels'): string[] {
  const plain = text.replace(/^\uFEFF/, '');
  if (isPage(plain)) refuse(file, 'names of classes', 'a page of HTML');
  const labels = /^\s*[[{]/.test(plain) ? labelsOfJson(parse(plain, file), file) : labelsOfLines(plain, file);
  if (labels.length === 0) refuse(file, 'names of classes', 'none');
  return labels;
}

function parse(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : String(cause);
    return fail('models/labels', { subject: file, expected: 'JSON, or a name on each line', got, cause });
  }
}

function labelsOfLines(text: string, file: string): string[] {
  const lines = text
    .trimEnd()
    .split(/\r?\n/)
    .map((line) => line.trim());
  const empty = lines.indexOf('');
  if (empty >= 0 && lines.length > 1) refuse(`${file}, line ${empty + 1}`, 'a name', 'an empty line');
  if (empty >= 0) return [];
  const haveIds = lines.every((line) => WORDNET_ID.test(line));
  return haveIds ? lines.map((line) => line.replace(WORDNET_ID, '')) : lines;
}

function labelsOfJson(json: unknown, file: string): string[] {
  if (Array.isArray(json)) return names(json, file);
  const fields = json as Readonly<Record<string, unknown>>;
  const key = CONFIG_KEYS.find((one) => Object.hasOwn(fields, one));
  const found = key === undefined ? fields : fields[key];
  const subject = key === undefined ? file : `${file}, ${key}`;
  if (Array.isArray(found)) return names(found, subject);
  if (typeof found !== 'object' || found === null)
    refuse(subject, 'names by their numbers', valueText(found));
  const values = numbered(found as Readonly<Record<string, unknown>>);
  if (values === undefined) {
    refuse(subject, 'names by the numbers 0, 1, 2, …', firstOtherKey(Object.keys(found)));
  }
  // Keras' pairs of a WordNet id and a name.
  return names(
    values.map((value) => (Array.isArray(value) && value.length === 2 ? (value[1] as unknown) : value)),
    subject,
  );
}

function firstOtherKey(keys: readonly string[]): string {
  const at = keys.findIndex((key, i) => key !== String(i));
  return `'${keys[at]}' where ${at} was due`;
}

function names(values: readonly unknown[], subject: string): string[] {
  if (areTexts(values)) return [...values];
  const at = values.findIndex((value) => typeof value !== 'string');
  return refuse(`${subject}, class ${at}`, 'a name', valueText(values[at]));
}

function refuse(subject: string, expected: string, got: string): never {
  return fail('models/labels', {
    subject,
    expected,
    got,
    advice: 'Give a file of names that was published for the network',
  });
}
