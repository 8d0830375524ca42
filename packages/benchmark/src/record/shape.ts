import * as v from 'valibot';

/** Pieces that the schemas of records are made of. What they describe is read-only, plain JSON. */

export function object<const T extends v.ObjectEntries>(entries: T): v.GenericSchema<Fields<T>> {
  return v.pipe(v.object(entries), v.readonly()) as unknown as v.GenericSchema<Fields<T>>;
}

/** The same as valibot infers, in a form in which every field is declared once, for the API reference. */
type Fields<T extends v.ObjectEntries> = {
  readonly [K in keyof T as T[K] extends Optional ? never : K]: v.InferOutput<T[K]>;
} & {
  readonly [K in keyof T as T[K] extends Optional ? K : never]?: v.InferOutput<T[K]>;
};
type Optional = v.ExactOptionalSchema<v.GenericSchema, undefined>;

export function list<const T extends v.GenericSchema>(item: T): ReadonlyList<T> {
  return v.pipe(v.array(item), v.readonly());
}
type ReadonlyList<T extends v.GenericSchema> = v.SchemaWithPipe<
  readonly [v.ArraySchema<T, undefined>, v.ReadonlyAction<v.InferOutput<v.ArraySchema<T, undefined>>>]
>;

/** A list of at least one. */
export function some<const T extends v.GenericSchema>(item: T): v.GenericSchema<readonly v.InferOutput<T>[]> {
  return v.pipe(v.array(item), v.minLength(1), v.readonly());
}

/** A field that is absent where nothing is known. */
export const maybe = v.exactOptional;

export const text = v.string();
export const flag = v.boolean();
export const number = v.pipe(v.number(), v.finite());
/** …, -1, 0, 1, … */
export const whole = v.pipe(v.number(), v.safeInteger());
/** 0, 1, 2, … */
export const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** A quantity that is never negative: milliseconds, bytes, operations. */
export const amount = v.pipe(v.number(), v.finite(), v.minValue(0));
/** Above 0. */
export const ratio = v.pipe(v.number(), v.finite(), v.gtValue(0));
/** From 0 to 1. */
export const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
export const sizes = list(count);
