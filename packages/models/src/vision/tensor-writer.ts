import type { Shape } from '@tfjs-optimize/core';
import { numbersIn, sizeBehind, type NetWriter, type FixedSize, type Value, type Window } from './writer.js';

/** The tensors that a network needs, by PyTorch's names, with their sizes in PyTorch's layout. */
export function tensorsOf(write: <V>(writer: NetWriter<V>) => Value<V>): ReadonlyMap<string, Shape> {
  const writer = new TensorWriter();
  write(writer);
  return writer.tensors;
}

/** Writes nothing, and notes what weights there would be. */
class TensorWriter implements NetWriter<undefined> {
  readonly tensors = new Map<string, Shape>();

  input(channels: number, size?: FixedSize): Value<undefined> {
    return { ...of(channels), ...(size && { size }) };
  }

  conv(
    x: Value<undefined>,
    name: string,
    out: number,
    window: Window & { readonly bias?: boolean },
  ): Value<undefined> {
    this.tensors.set(`${name}.weight`, [out, x.channels, window.size, window.size]);
    if (window.bias === true) this.tensors.set(`${name}.bias`, [out]);
    return { ...of(out), ...sizeBehind(x, window) };
  }

  depthwise(x: Value<undefined>, name: string, window: Window): Value<undefined> {
    this.tensors.set(`${name}.weight`, [x.channels, 1, window.size, window.size]);
    return { ...x, ...sizeBehind(x, window) };
  }

  batchNorm(x: Value<undefined>, name: string): Value<undefined> {
    for (const part of ['weight', 'bias', 'running_mean', 'running_var'])
      this.tensors.set(`${name}.${part}`, [x.channels]);
    return x;
  }

  relu(x: Value<undefined>): Value<undefined> {
    return x;
  }

  maxPool(x: Value<undefined>, _name: string, window: Window): Value<undefined> {
    return { ...x, ...sizeBehind(x, window) };
  }

  flatten(x: Value<undefined>): Value<undefined> {
    return of(numbersIn(x));
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
