import type * as tf from '@tensorflow/tfjs';
import { fail, valueText } from '@tfjs-optimize/core/plain';
import type { BatchFields } from '../sample.js';
import { tensorOf } from './batch.js';

/** Which fields a model takes: one, or one for each input, by their order or by name. */
export type FieldNames = string | readonly string[] | Readonly<Record<string, string>>;

/** Which fields are inputs and which are labels. */
export interface TrainingFields {
  readonly inputs: FieldNames;
  readonly labels?: string | readonly string[];
}

/** @throws `argument/invalid` */
export function checkNames(names: unknown, subject: string): void {
  const list = typeof names === 'object' && names !== null ? Object.values(names) : [names];
  if (list.length > 0 && list.every((name) => typeof name === 'string')) return;
  fail('argument/invalid', {
    subject,
    expected: 'the name of a field, a list of names, or names by input',
    got: valueText(names),
  });
}

type Tensors = tf.Tensor | tf.Tensor[] | Record<string, tf.Tensor>;

/** Tensors of a batch as they are trained with. */
export interface TrainingTensors {
  readonly inputs: Tensors;
  readonly labels?: tf.Tensor | tf.Tensor[];
}

/**
 * Tensors of the fields that were named, in the form in which they were named.
 * @throws `argument/invalid` naming a field that is not there, before any tensor is made.
 */
export function tensorsOf(fields: BatchFields, { inputs, labels }: TrainingFields): TrainingTensors {
  const missing = [inputs, labels ?? []].flatMap(namesIn).find((name) => !Object.hasOwn(fields, name));
  if (missing !== undefined) {
    fail('argument/invalid', {
      subject: `field '${missing}'`,
      expected: `one of ${Object.keys(fields).join(', ')}`,
      got: 'none of that name',
    });
  }
  const given = tensorsBy(fields, inputs);
  return labels === undefined
    ? { inputs: given }
    : { inputs: given, labels: tensorsBy(fields, labels) as tf.Tensor | tf.Tensor[] };
}

/** Fields of which those of that names are floats where they were whole numbers. */
export function withFloats(fields: BatchFields, names: TrainingFields['labels'] = []): BatchFields {
  const made = Object.entries(fields).map(([name, field]) => {
    const isWhole = field.values instanceof Int32Array && namesIn(names).includes(name);
    return [name, isWhole ? { ...field, values: Float32Array.from(field.values) } : field] as const;
  });
  return Object.fromEntries(made);
}

function namesIn(names: FieldNames): readonly string[] {
  return typeof names === 'string' ? [names] : Object.values(names as Readonly<Record<string, string>>);
}

function tensorsBy(fields: BatchFields, names: FieldNames): Tensors {
  const of = (name: string): tf.Tensor => tensorOf(fields[name] as BatchFields[string]);
  if (typeof names === 'string') return of(names);
  if (Array.isArray(names)) return (names as readonly string[]).map(of);
  return Object.fromEntries(Object.entries(names).map(([input, name]) => [input, of(name)]));
}
