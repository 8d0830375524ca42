import { collateOf } from '../collate.js';
import { readBatch, type Reading } from '../loader/read.js';
import { alone, isNumbers, type BatchField, type BatchFields } from '../sample.js';
import { openSource } from '../sources/open.js';
import { loadTransforms } from '../transforms/transform.js';
import type { ParentPort } from './port.js';
import { toWire, type Request, type Setup } from './wire.js';

/** For how long a worker reads samples, in ms, before it lets itself be told that nobody wants them any more. */
const BREATH_MS = 5;

/**
 * What a worker does: it opens the data set once, and then makes one batch after the other. Between samples it can be told
 * to leave a batch.
 */
export function serve(port: ParentPort): void {
  let reading: Promise<Reading> | undefined;
  let wanted = 0;
  let heard = 0;
  const isWanted = ({ id }: Request): boolean => wanted <= id;

  const breathe = async (request: Request): Promise<boolean> => {
    await port.breathe();
    heard = performance.now();
    return isWanted(request);
  };
  const before = (request: Request, index: number): boolean | Promise<boolean> => {
    if (request.isWatched) port.post({ id: request.id, at: index });
    return performance.now() - heard < BREATH_MS ? isWanted(request) : breathe(request);
  };
  const answer = async (request: Request): Promise<void> => {
    const { id, task } = request;
    const opened = await (reading as Promise<Reading>);
    try {
      const made = await readBatch(opened, task, (index) => before(request, index));
      if (made === undefined) return port.post({ id, fields: undefined });
      const { fields, buffers } = parcelOf(made);
      port.post({ id, fields }, buffers);
    } catch (error) {
      port.post({ id, error: toWire(error) });
    }
  };

  let last: Promise<void> = Promise.resolve();
  port.listen((message) => {
    heard = performance.now();
    if ('wanted' in message) wanted = message.wanted;
    else if ('setup' in message) {
      reading = readingOf(message.setup);
      last = reading.then(
        () => {},
        (error: unknown) => port.post({ failed: toWire(error) }),
      );
    } else {
      // One that does not open its data set is ended by the pool, which has been told.
      last = last.then(() => answer(message)).catch(() => {});
    }
  });
}

async function readingOf({ source, types, transforms, collate, seed }: Setup): Promise<Reading> {
  return {
    dataset: source && (await openSource(source)),
    types,
    transform: await loadTransforms(transforms),
    collate: await collateOf(collate),
    seed,
  };
}

/** Fields with arrays that fill their buffers, and those buffers: what can be handed over. */
function parcelOf(fields: BatchFields): {
  readonly fields: BatchFields;
  readonly buffers: readonly ArrayBuffer[];
} {
  const whole = Object.entries(fields).map(([name, field]) => [name, wholeField(field)] as const);
  const buffers = whole.flatMap(([, { values }]) =>
    isNumbers(values) && values.buffer instanceof ArrayBuffer ? [values.buffer] : [],
  );
  return { fields: Object.fromEntries(whole), buffers: [...new Set(buffers)] };
}

function wholeField({ values, shape }: BatchField): BatchField {
  return { values: isNumbers(values) ? alone(values) : values, shape };
}
