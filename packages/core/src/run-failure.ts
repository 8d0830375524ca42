import { presentGuard } from './backend/webgpu/guard.js';
import { fail, isOptimizeError } from './errors.js';
import { FAKE_QUANT_OPS } from './graph/ops/fake-quant.js';
import { OWN_OPS } from './graph/ops/own.js';
import { bytesText } from './text/units.js';

/** Who failed to run what. */
export interface FailedRun {
  /** `model` unless told. */
  readonly subject?: string;
  /** Who was to run it; `TensorFlow.js` unless told. */
  readonly runner?: string;
}

/**
 * Throws what a kernel, or the executor around it, threw, as an error with a code: the one place where this is done.
 * @throws `backend/memory` where memory was short, telling how much was asked for where that is known, `backend/lost`
 *   for a device that went meanwhile, `model/run` otherwise; what has a code already stays as it is.
 */
export function runFailed(
  cause: unknown,
  { subject = 'model', runner = 'TensorFlow.js' }: FailedRun = {},
): never {
  if (isOptimizeError(cause)) throw cause;
  checkDevice();
  const got = cause instanceof Error ? cause.message : String(cause);
  const short = shortOfMemory(got);
  if (short !== undefined) {
    return fail('backend/memory', {
      subject,
      expected: `memory${short.asked === undefined ? '' : ` for ${bytesText(short.asked)}`} on ${short.place}`,
      got: short.words,
      advice: 'Use a smaller batch',
      cause,
    });
  }
  const advice = adviceOn(/\bUnknown op '?(\w+)/.exec(got)?.[1]);
  return fail('model/run', {
    subject,
    expected: `${runner} to run it`,
    got,
    ...(advice && { advice }),
    cause,
  });
}

/** @throws what happened to the device of the present backend, if it has one that was lost or ran out of memory. */
export function checkDevice(): void {
  presentGuard()?.check();
}

/** Bytes of an element by TensorFlow's names of types. */
const ELEMENT_BYTES: Readonly<Record<string, number>> = {
  ...{
    bool: 1,
    int8: 1,
    uint8: 1,
    half: 2,
    bfloat16: 2,
    float: 4,
    int32: 4,
    double: 8,
    int64: 8,
    complex64: 8,
  },
};

/** Where memory was short, how much was asked for, and the words that say so. */
interface Shortage {
  readonly place: string;
  readonly asked?: number;
  readonly words: string;
}

/** Reads from TensorFlow's words that memory was short. */
function shortOfMemory(text: string): Shortage | undefined {
  const tensor = /OOM when allocating tensor with shape\s*\[([\d,\s]*)\] and type (\w+) on (\S+)/.exec(text);
  if (tensor !== null) {
    const [words, shape = '', type = '', device = ''] = tensor;
    const elements = shape.split(',').reduce((product, size) => product * Number(size), 1);
    const bytes = ELEMENT_BYTES[type];
    return { place: placeOf(device), words, ...(bytes === undefined ? {} : { asked: bytes * elements }) };
  }
  const line = text.split('\n').find((each) => NO_MEMORY.test(each));
  if (line === undefined) return undefined;
  const [, asked] = /trying to allocate (\d+) ?bytes/i.exec(line) ?? [];
  return {
    place: 'its device',
    words: line.trim(),
    ...(asked === undefined ? {} : { asked: Number(asked) }),
  };
}

const NO_MEMORY =
  /\bOOM when allocating|out of memory(?: while)? trying to allocate|CUDA_ERROR_OUT_OF_MEMORY|RESOURCE_EXHAUSTED|ResourceExhausted/i;

/** `/job:localhost/replica:0/task:0/device:GPU:0` is `GPU:0`. */
function placeOf(device: string): string {
  return /device:(\w+:\d+)$/.exec(device)?.[1] ?? 'its device';
}

/** What to do where TensorFlow.js does not know an op that one of our packages registers. */
function adviceOn(op: string | undefined): string | undefined {
  if (op === undefined || !Object.hasOwn(OWN_OPS, op)) return undefined;
  return Object.hasOwn(FAKE_QUANT_OPS, op)
    ? 'Call registerFakeQuant() of @tfjs-optimize/quantization first, which lets TensorFlow.js run it'
    : 'Import @tfjs-optimize/wasm first, which has this op';
}
