import {
  bytesText,
  changeText,
  savedBytes,
  textTable,
  type Model,
  type Note,
  type Stage,
} from '@tfjs-optimize/core';

/** A quantized model and what became of its files. */
export interface Quantized<S extends Stage = Stage> {
  readonly model: Model<S>;
  /** What was and what was not quantized, and why. */
  readonly notes: readonly Note[];
  /** Bytes of all files that saving the model wrote before, model.json included. */
  readonly before: number;
  /** Bytes of all files that saving the model writes now. */
  readonly after: number;
  /** Sizes and notes as a few lines; {@link toString} gives the same. */
  text(): string;
  toString(): string;
}

/** Puts a result together; the models are not saved for it, their files are only counted. */
export function quantizedResult<S extends Stage>(
  given: Model,
  { model, notes }: { readonly model: Model<S>; readonly notes: readonly Note[] },
): Quantized<S> {
  const [before, after] = [savedBytes(given), savedBytes(model)];
  const text = (): string => resultText(before, after, notes);
  return { model, notes, before, after, text, toString: text };
}

function resultText(before: number, after: number, notes: readonly Note[]): string {
  const sizes = textTable(
    [
      ['', 'before', 'after', 'change'],
      ['files', bytesText(before), bytesText(after), changeText(before, after)],
    ],
    ['left', 'right', 'right', 'right'],
  );
  const did = notes.filter(({ kind }) => kind === 'did');
  const declined = notes.filter(({ kind }) => kind === 'declined').length;
  const warnings = notes
    .filter(({ level }) => level === 'warning')
    .map(({ message }) => `warning: ${message}`);
  const ofAll = did.filter(({ subject }) => subject === undefined).map(({ message }) => message);
  const done = ofAll.length > 0 ? ofAll.join(', ') : `${did.length} quantized`;
  const left = declined === 0 ? '' : `, ${declined} left as they were (notes say why)`;
  return [sizes, `${done}${left}`, ...warnings].join('\n');
}
