import {
  encodeHalf,
  tooLargeForHalf,
  Weight,
  type Model,
  type Note,
  type ValueId,
} from '@tfjs-optimize/core';
import type { GraphWriter } from '../saved-model/ops/graph-writer.js';
import { tensorBytes, tensorOf, tensorOfWeight, type Tensor } from '../saved-model/tensor.js';
import { tfType, type TfType } from '../saved-model/types.js';
import { isReadByKept } from './kept.js';
import type { PrecisionPlan } from './plan.js';
import type { Halves } from './precision.js';

/** Weights of fewer elements stay as they are: biases and factors of norms, which take no room. */
const LEAST_ELEMENTS = 256;

/**
 * TensorFlow's graph optimizer computes a Cast ahead where what it makes is smaller than this
 * (`kMaxConstantSize` of `tensorflow/core/grappler/optimizers/constant_folding.cc`) or no larger than what it is given. A
 * weight that is larger is stored in parts, for joining them makes nothing larger. A Cast that is left is done in every
 * call, and keeps kernels from packing the weight.
 */
const UNFOLDED_BYTES = 100 * 1024;

/** What the weights of a model are written as, and why some stay float32. */
export class StoredWeights {
  private readonly decided = new Map<string, TfType>();
  private readonly told: Note[] = [];

  private readonly halves: Halves | undefined;

  constructor(
    private readonly model: Model,
    readonly plan: PrecisionPlan,
  ) {
    this.halves = plan.halves;
  }

  /** Whether 16 bits are what nodes read, so that they are not cast when a checkpoint is restored. */
  get areRead(): boolean {
    return this.halves?.areComputed ?? false;
  }

  /** The type that a weight is written in; users of it are to get {@link tfType} of its own. */
  typeOf(name: string, weight: Weight): TfType {
    const found = this.decided.get(name) ?? this.decide(name, weight);
    this.decided.set(name, found);
    return found;
  }

  /** A weight as it is written. */
  tensor(name: string, weight: Weight): Tensor {
    const { halves } = this;
    if (halves === undefined || this.typeOf(name, weight) !== halves.type) return tensorOfWeight(weight);
    return halfTensor(weight, halves);
  }

  /**
   * Writes a weight as a constant, and what makes it one of its own type again.
   * @returns the value that nodes are to read.
   */
  constant(weightName: string, name: string, controls: readonly string[], writer: GraphWriter): ValueId {
    const weight = this.model.weights.need(weightName);
    const own = tfType(weight.dtype);
    const subject = `constant '${weightName}'`;
    const tensor = this.tensor(weightName, weight);
    if (tensor.type === own || this.areRead || tensorBytes(weight) < UNFOLDED_BYTES) {
      return writer.cast(writer.constant(name, tensor, controls), own, { subject });
    }
    const parts = partsOf(tensor).map((part, i) => {
      const constant = writer.constant(writer.names.fresh(`${name}/part_${i}`), part, controls);
      return writer.cast(constant, own, { subject });
    });
    const put = (hint: string, op: string, inputs: readonly ValueId[]): ValueId =>
      writer.add({ name: writer.names.fresh(`${name}/${hint}`), op, inputs, subject })[0] as ValueId;
    const numbers = (hint: string, values: readonly number[], shape?: readonly number[]): ValueId =>
      writer.constant(writer.names.fresh(`${name}/${hint}`), tensorOf('int32', values, shape), controls);
    const joined = put('joined', 'ConcatV2', [...parts, numbers('axis', [0], [])]);
    return writer.add({
      name,
      op: 'Reshape',
      inputs: [joined, numbers('shape', weight.shape)],
      subject,
    })[0] as ValueId;
  }

  /** The model with these weights, which is computed in float32 wherever TensorFlow.js runs it. */
  asModel(): Model {
    const { halves, model } = this;
    if (halves === undefined) return model;
    const kind = halves.format;
    const stored = [...model.weights].flatMap(([name, weight]): [string, Weight][] => {
      if (this.typeOf(name, weight) !== halves.type) return [];
      const { shape, bytes } = halfTensor(weight, halves);
      return [[name, Weight.stored('float32', shape, { kind }, bytes)]];
    });
    return model.with({ weights: model.weights.with(new Map(stored)) });
  }

  /** What was decided for weights that were asked for. */
  get notes(): readonly Note[] {
    return this.told;
  }

  private decide(name: string, weight: Weight): TfType {
    const own = tfType(weight.dtype);
    const { halves } = this;
    if (halves === undefined || weight.dtype !== 'float32' || weight.size < LEAST_ELEMENTS) return own;
    if (isReadByKept(this.model.graph, name, this.plan.kept)) {
      return this.stays(name, own, 'info', 'only layers read it that stay float32');
    }
    const tooLarge = tooLargeForHalf(weight.numbers(), halves.format);
    if (tooLarge !== undefined) {
      return this.stays(
        name,
        own,
        'warning',
        `it holds ${tooLarge}, which is too large for ${halves.format}`,
      );
    }
    const message = `weight '${name}' is stored as ${halves.format}`;
    this.told.push({ level: 'info', kind: 'did', subject: name, message });
    return halves.type;
  }

  private stays(name: string, own: TfType, level: Note['level'], why: string): TfType {
    const message = `weight '${name}' stays float32: ${why}`;
    this.told.push({ level, kind: 'declined', subject: name, message });
    return own;
  }
}

/** A weight in 16 bits: the very bits of the model's where it has them already. */
function halfTensor(weight: Weight, { format, type }: Halves): Tensor {
  const bytes =
    weight.encoding.kind === format
      ? weight.bytes
      : new Uint8Array(encodeHalf(weight.numbers(), format).buffer);
  return { type, shape: weight.shape, bytes };
}

/** A tensor cut into vectors that are just small enough when they are decoded. */
function partsOf({ type, bytes }: Tensor): Tensor[] {
  const most = UNFOLDED_BYTES / 4 - 1;
  const size = bytes.byteLength / 2;
  return Array.from({ length: Math.ceil(size / most) }, (_, i) => {
    const [start, end] = [i * most, Math.min(size, (i + 1) * most)];
    return { type, shape: [end - start], bytes: bytes.subarray(2 * start, 2 * end) };
  });
}
