import type { Shape } from '@tfjs-optimize/core';
import type { NetWriter, Value, Window } from './writer.js';

/** The tensors that a network needs, by PyTorch's names, with their sizes in PyTorch's layout. */
export function tensorsOf(write: <V>(writer: NetWriter<V>) => Value<V>): ReadonlyMap<string, Shape> {
  const writer = new TensorWriter();
  write(writer);
  return writer.tensors;
}

/** Writes nothing, and notes what weights there would be. */
class TensorWriter implements NetWriter<undefined> {
  readonly tensors = new Map<string, Shape>();

  input(channels: number): Value<undefined> {
    return of(channels);
  }

  conv(x: Value<undefined>, name: string, out: number, { size }: Window): Value<undefined> {
    this.tensors.set(`${name}.weight`, [out, x.channels, size, size]);
    return of(out);
  }

  depthwise(x: Value<undefined>, name: string, { size }: Window): Value<undefined> {
    this.tensors.set(`${name}.weight`, [x.channels, 1, size, size]);
    return x;
  }

  batchNorm(x: Value<undefined>, name: string): Value<undefined> {
    for (const part of ['weight', 'bias', 'running_mean', 'running_var'])
      this.tensors.set(`${name}.${part}`, [x.channels]);
    return x;
  }

  relu(x: Value<undefined>): Value<undefined> {
    return x;
  }

  maxPool(x: Value<undefined>): Value<undefined> {
    return x;
  }

  globalAverage(x: Value<undefined>): Value<undefined> {
    return x;
  }

  add(a: Value<undefined>): Value<undefined> {
    return a;
  }

  dropout(x: Value<undefined>): Value<undefined> {
    return x;
  }

  linear(x: Value<undefined>, name: string, out: number): Value<undefined> {
    this.tensors.set(`${name}.weight`, [out, x.channels]);
    this.tensors.set(`${name}.bias`, [out]);
    return of(out);
  }
}

function of(channels: number): Value<undefined> {
  return { value: undefined, channels };
}
