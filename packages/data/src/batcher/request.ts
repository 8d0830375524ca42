import { fail, shapeText, valueText } from '@tfjs-optimize/core/plain';
import { fieldOf, sizeOf, type Field, type Numbers } from '../sample.js';
import type { ServedPort } from './served.js';

/** One example without a size that counts examples: its numbers, with a shape where it is not told by the model. */
export type Request =
  Numbers | Uint8ClampedArray | Field | Readonly<Record<string, Numbers | Uint8ClampedArray | Field>>;

/** A request that fits its model. */
export interface Checked {
  /** By input; undefined stands for the only one. */
  readonly fields: readonly (readonly [key: string | undefined, field: Field])[];
  /** Same for requests that can be of one batch. */
  readonly kind: string;
}

/**
 * Holds a request against what the model takes.
 * @throws `batcher/request`
 */
export function checkRequest(request: Request, ports: readonly ServedPort[] | undefined): Checked {
  const given = namedFields(request);
  const fields =
    ports === undefined ? given : given.map(([key, field]) => [key, fitted(key, field, ports)] as const);
  if (ports !== undefined) checkAllThere(fields, ports);
  const kind = fields
    .map(([key = '', { values, shape }]) => `${key} ${values.constructor.name} ${shape.join(' ')}`)
    .join(';');
  return { fields, kind };
}

function namedFields(request: Request): readonly (readonly [string | undefined, Field])[] {
  const single = fieldOf(request);
  if (single !== undefined) return [[undefined, single]];
  const entries = typeof request === 'object' && request !== null ? Object.entries(request) : [];
  const fields = entries.map(([key, value]) => [key, fieldOf(value)] as const);
  const strange = fields.find(([, field]) => field === undefined);
  if (fields.length > 0 && strange === undefined) return fields as [string, Field][];
  return fail('batcher/request', {
    subject: strange === undefined ? 'request' : `input '${strange[0]}'`,
    expected: 'a Float32Array, Int32Array or Uint8Array, {values, shape} that agree, or these by input',
    got: valueText(
      strange === undefined ? request : (request as Readonly<Record<string, unknown>>)[strange[0]],
    ),
  });
}

/** A field in the shape that its input has; numbers without one are taken as they stand. */
function fitted(key: string | undefined, field: Field, ports: readonly ServedPort[]): Field {
  const port = key === undefined ? ports[0] : ports.find((each) => each.key === key);
  if (port === undefined || (key === undefined && ports.length > 1)) {
    const names = ports.map((each) => each.key).join(', ');
    return fail('batcher/request', {
      subject: 'request',
      expected: `inputs ${names}`,
      got: key === undefined ? 'numbers without the name of an input' : `'${key}'`,
    });
  }
  const { shape } = port;
  if (shape === undefined || agree(field.shape, shape)) return field;
  const isVector = field.shape.length === 1;
  if (isVector && !shape.includes(-1) && sizeOf(shape) === field.values.length) return { ...field, shape };
  return fail('batcher/request', {
    subject: `input '${port.key}'`,
    expected: `shape ${shapeText(shape.map((size) => (size < 0 ? '?' : size)))}`,
    got: shapeText(field.shape),
  });
}

function agree(shape: readonly number[], wanted: readonly number[]): boolean {
  return shape.length === wanted.length && wanted.every((size, i) => size < 0 || size === shape[i]);
}

function checkAllThere(fields: Checked['fields'], ports: readonly ServedPort[]): void {
  const missing = ports.find(({ key }) => !fields.some(([each]) => each === undefined || each === key));
  if (missing === undefined) return;
  fail('batcher/request', { subject: 'request', expected: `an input '${missing.key}'`, got: 'none' });
}
