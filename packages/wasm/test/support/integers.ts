import '@tfjs-optimize/wasm/integer';
import { Random } from '@tfjs-optimize/core';
import type { RuntimeOp } from '@tfjs-optimize/runtime/format';
import { AttrReader, INTEGER_OPS, referenceKernel, type IntegerOp } from '@tfjs-optimize/runtime/reference';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { engineOf, type Engine } from '../../src/engine/engine.js';
import { chooseForm } from '../../src/integer/integer-form.js';
import { runSingle } from '../../src/integer/single.js';
import { formsOf, type TriedForm } from './forms.js';

export type { TriedForm } from './forms.js';

/** Values of an input of an op; int8 values unless told. */
export interface Numbers {
  readonly shape: readonly number[];
  readonly data: readonly number[];
  readonly dtype?: 'int32' | 'float32';
}

export function engineInUse(): Engine {
  const engine = engineOf(tf.backend());
  if (engine === undefined) throw new Error('expected kernels of our own on the wasm backend, got none');
  return engine;
}

/** Calls for each form that this engine has. */
export function eachForm(call: (tried: TriedForm) => void): void {
  for (const tried of formsOf(engineInUse())) call(tried);
}

/** Runs an op by a form of our kernels and by its reference: both must give the same. */
export function expectExact(
  { title, form }: TriedForm,
  name: RuntimeOp,
  inputs: Readonly<Record<string, Numbers | undefined>>,
  given: object,
): void {
  const engine = engineInUse();
  const op = INTEGER_OPS.find((each) => each.name === name) as IntegerOp;
  const attrs = op.attrs(new AttrReader(name, { ...given })) as tf.NamedAttrMap;
  const tensors: tf.NamedTensorMap = {};
  for (const [key, value] of Object.entries(inputs)) {
    if (value !== undefined)
      tensors[key] = tf.tensor([...value.data], [...value.shape], value.dtype ?? 'int32');
  }
  const undo = chooseForm(engine, form);
  try {
    const ours = engine.attempt(() => runSingle(engine, op, tensors, attrs));
    if (ours === undefined) throw new Error(`${name} ${title}: expected a kernel of ours to run, got none`);
    const wanted = referenceKernel(op)({ inputs: tensors, attrs, backend: tf.backend() }) as tf.Tensor;
    const got = [...tf.engine().makeTensorFromTensorInfo(ours).dataSync()];
    expect(ours.shape, `${name} ${title}: shape`).to.deep.equal(wanted.shape);
    const numbers = wanted.dataSync();
    const wrong = got.findIndex((value, i) => value !== numbers[i]);
    if (wrong >= 0 || got.length !== numbers.length) {
      const shapes = Object.entries(inputs).map(([key, value]) => `${key} [${value?.shape.join()}]`);
      expect.fail(
        `${name} ${title} of ${shapes.join(', ')} with ${JSON.stringify(attrs)}: ` +
          `expected ${numbers[wrong]} at ${wrong}, got ${got[wrong]}`,
      );
    }
    wanted.dispose();
    engine.backend.disposeData(ours.dataId);
  } finally {
    undo();
    tf.dispose(tensors);
  }
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Draws for cases: int8 values with many at the ends, zero points, scales. */
export class Draws {
  private readonly random: Random;

  constructor(seed: number) {
    this.random = Random.of(seed);
  }

  pick<T>(...from: readonly T[]): T {
    return from[this.random.integer(from.length)] as T;
  }

  uniform(): number {
    return this.random.uniform();
  }

  /** Whole numbers from least to most, an end in one of five draws. */
  values(shape: readonly number[], least = -128, most = 127): Numbers {
    const data = Array.from({ length: sizeOf(shape) }, () => {
      const draw = this.random.uniform();
      if (draw < 0.1) return least;
      if (draw < 0.2) return most;
      return least + this.random.integer(most - least + 1);
    });
    return { shape, data };
  }

  zeroPoint(): number {
    return this.pick(-128, 127, this.random.integer(256) - 128);
  }

  scale(): number {
    return Math.fround(2 ** (-12 + 10 * this.random.uniform()));
  }

  scales(count: number): Numbers {
    return {
      shape: [count],
      data: Array.from({ length: count }, (_, i) => (i === 1 ? 0 : this.scale())),
      dtype: 'float32',
    };
  }

  /** A bias or none: small, or of the largest numbers that are. */
  bias(count: number): Numbers | undefined {
    const kind = this.pick('none', 'small', 'small', 'large');
    if (kind === 'none') return undefined;
    const size = kind === 'small' ? 20_000 : 2 ** 32;
    return {
      shape: [count],
      data: Array.from({ length: count }, () => Math.floor((this.random.uniform() - 0.5) * size)),
    };
  }

  /** Attributes of an op of one input whose results spread over int8 and beyond. */
  params(gain: number): Record<string, number> {
    const x_scale = this.scale();
    return {
      x_scale,
      x_zero_point: this.zeroPoint(),
      y_scale: Math.fround(x_scale * gain * 2 ** (4 * this.random.uniform() - 2)),
      ...this.ends(),
    };
  }

  /** A zero point and clamps: none, any, or of a relu. */
  ends(): { y_zero_point: number; clamp_min: number; clamp_max: number } {
    const y_zero_point = this.zeroPoint();
    const [low, high] = [this.zeroPoint(), this.zeroPoint()].sort((a, b) => a - b) as [number, number];
    const [clamp_min, clamp_max] = this.pick([-128, 127], [low, high], [y_zero_point, 127]);
    return { y_zero_point, clamp_min, clamp_max };
  }
}
