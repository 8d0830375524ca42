import * as tf from '@tensorflow/tfjs';
import type { DType } from '../weights.js';
import { shapeText } from '../text/shape.js';

/** Shape and type of a tensor, all that tracing knows of values that depend on the inputs. */
export interface TensorSpec {
  readonly shape: readonly number[];
  readonly dtype: DType;
}

type Engine = ReturnType<typeof tf.engine>;

/**
 * Holds tensors that have a shape and a type but no values. Tracing a 160-layer network at its real
 * image size would take minutes of arithmetic on the cpu backend, and tracing it at a smaller size
 * is impossible where layers fix the size; hollow tensors cost neither time nor memory, on
 * whichever backend is active. The backend is never registered: tensors merely point at it.
 *
 * A kernel without a shape rule does run for real: TensorFlow.js then moves its hollow inputs to the
 * active backend, and they become zeros there.
 */
export class HollowBackend extends tf.KernelBackend {
  /** Called when values are read outside a kernel: the traced code looks at data. */
  onRead: (dataId: object) => never = () => {
    throw new Error('internal: hollow tensor read');
  };
  private readonly specs = new WeakMap<object, TensorSpec>();
  /** Set while a real kernel runs, which may read its inputs. */
  inKernel = false;

  /** A new hollow tensor, tracked by the engine like any other. */
  make(engine: Engine, spec: TensorSpec): tf.Tensor {
    if (spec.shape.some((size) => !Number.isInteger(size) || size < 0))
      throw new Error(`a result of shape ${shapeText(spec.shape)}`);
    const dataId = {};
    this.specs.set(dataId, spec);
    return engine.makeTensorFromTensorInfo({ dataId, shape: [...spec.shape], dtype: spec.dtype }, this);
  }

  private zeros(dataId: object): Float32Array | Int32Array | Uint8Array {
    const spec = this.specs.get(dataId);
    if (spec === undefined || !this.inKernel) return this.onRead(dataId);
    const size = spec.shape.reduce((a, b) => a * b, 1);
    if (spec.dtype === 'int32') return new Int32Array(size);
    if (spec.dtype === 'bool') return new Uint8Array(size);
    return new Float32Array(size);
  }

  override readSync(dataId: object): Float32Array | Int32Array | Uint8Array {
    return this.zeros(dataId);
  }
  override read(dataId: object): Promise<Float32Array | Int32Array | Uint8Array> {
    return Promise.resolve(this.zeros(dataId));
  }
  override refCount(): number {
    return 1;
  }
  override incRef(): void {
    // Every hollow tensor has data of its own, so nothing is counted.
  }
  override disposeData(): boolean {
    return true;
  }
  override numDataIds(): number {
    return 0;
  }
}
