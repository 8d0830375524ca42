import * as fc from 'fast-check';
import type { ValueId } from '@tfjs-optimize/core';
import { type Pair } from './pair.js';

/** Everything random about one linear op. */
export interface LinearSpec {
  readonly kind: 'conv2d' | 'depthwise' | 'transposed' | 'conv3d' | 'matmul';
  readonly batch: number;
  readonly size: readonly [number, number, number];
  readonly kernel: readonly [number, number, number];
  readonly stride: number;
  readonly dilation: number;
  readonly padding: 'SAME' | 'VALID' | 'EXPLICIT';
  readonly inputs: number;
  /** Output channels, or channel multiplier of a depthwise convolution. */
  readonly outputs: number;
  readonly seed: number;
}

/** Any linear op of the given kinds, small but otherwise unrestricted. */
export function linear(...kinds: readonly LinearSpec['kind'][]): fc.Arbitrary<LinearSpec> {
  return fc
    .record({
      kind: fc.constantFrom(...kinds),
      batch: fc.integer({ min: 1, max: 3 }),
      size: fc.tuple(side(7), side(7), side(5)),
      kernel: fc.tuple(side(3), side(3), side(2)),
      stride: side(2),
      dilation: side(2),
      padding: fc.constantFrom('SAME' as const, 'VALID' as const, 'EXPLICIT' as const),
      inputs: fc.constantFrom(1, 2, 3, 50),
      outputs: side(4),
      seed: fc.integer(),
    })
    .map(possible);
}

function side(max: number): fc.Arbitrary<number> {
  return fc.integer({ min: 1, max });
}

/** Changes what TensorFlow.js has no convolution for. */
function possible(spec: LinearSpec): LinearSpec {
  const fixed = { ...spec };
  if (fixed.kind === 'transposed' || fixed.kind === 'conv3d') {
    Object.assign(fixed, { dilation: 1, padding: fixed.padding === 'EXPLICIT' ? 'SAME' : fixed.padding });
  }
  if (fixed.kind === 'depthwise' && fixed.inputs > 3) Object.assign(fixed, { inputs: 5 });
  if (fixed.stride > 1) Object.assign(fixed, { dilation: 1 });
  const spread = fixed.kernel.map((length) => (length - 1) * fixed.dilation + 1);
  const size = fixed.size.map((length, axis) => Math.max(length, spread[axis] as number));
  return Object.assign(fixed, { size });
}

/** Normal-like numbers in (-2, 2) by seed. */
export function randoms(count: number, seed: number): Float32Array {
  let state = seed >>> 0 || 1;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  return Float32Array.from({ length: count }, () => next() + next() + next() + next() - 2);
}

/** A number that is never near 0, of either sign. */
export function factors(count: number, seed: number): Float32Array {
  return randoms(count, seed).map((value) => (value < 0 ? value - 0.25 : value + 0.25));
}

/** Shape of the input that a linear op takes. */
export function inputShape({ kind, batch, size, inputs }: LinearSpec): number[] {
  if (kind === 'matmul') return [batch, inputs];
  return kind === 'conv3d' ? [batch, ...size, inputs] : [batch, size[0], size[1], inputs];
}

/** Rank of input and output. */
export function rankOf(spec: LinearSpec): number {
  return inputShape(spec).length;
}

/** Channels of the output. */
export function outputChannels({ kind, inputs, outputs }: LinearSpec): number {
  return kind === 'depthwise' ? inputs * outputs : outputs;
}

/** Output height and width of a transposed convolution: one of the sizes that fit. */
function transposedSize({ size, kernel, stride, padding }: LinearSpec): number[] {
  return [0, 1].map((axis) => {
    const [length, taps] = [size[axis] as number, kernel[axis] as number];
    return padding === 'SAME' ? length * stride : (length - 1) * stride + Math.max(taps, stride);
  });
}

/** Adds a linear op over `x` to both graphs. */
export function addLinear(pair: Pair, x: ValueId, spec: LinearSpec, name = 'linear'): ValueId {
  const { kind, kernel, stride, dilation, padding, inputs, outputs, batch, seed } = spec;
  const [kh, kw, kd] = kernel;
  const weights = (shape: number[]): ValueId =>
    pair.constant(
      randoms(
        shape.reduce((a, b) => a * b, 1),
        seed + 1,
      ),
      shape,
      `${name}/kernel`,
    );
  const explicit = padding === 'EXPLICIT' ? { explicit_paddings: [0, 0, 1, 2, 0, 1, 0, 0] } : {};
  const attrs = {
    strides: [1, stride, stride, 1],
    dilations: [1, dilation, dilation, 1],
    padding,
    data_format: 'NHWC',
    ...explicit,
  };
  switch (kind) {
    case 'matmul':
      pair.terms += inputs;
      return pair.op(
        'MatMul',
        [x, weights([inputs, outputs])],
        { transpose_a: false, transpose_b: false },
        name,
      );
    case 'conv2d':
      pair.terms += kh * kw * inputs;
      return pair.op('Conv2D', [x, weights([kh, kw, inputs, outputs])], attrs, name);
    case 'depthwise':
      pair.terms += kh * kw;
      return pair.op('DepthwiseConv2dNative', [x, weights([kh, kw, inputs, outputs])], attrs, name);
    case 'transposed': {
      pair.terms += kh * kw * inputs;
      const shape = pair.ints([batch, ...transposedSize(spec), outputs]);
      return pair.op('Conv2DBackpropInput', [shape, weights([kh, kw, outputs, inputs]), x], attrs, name);
    }
    case 'conv3d':
      pair.terms += kh * kw * kd * inputs;
      return pair.op(
        'Conv3D',
        [x, weights([kh, kw, kd, inputs, outputs])],
        {
          strides: [1, stride, stride, stride, 1],
          dilations: [1, 1, 1, 1, 1],
          padding,
          data_format: 'NDHWC',
        },
        name,
      );
  }
}

/** Ways to write an op with one number a channel. */
export const AFFINE_FORMS = [
  'FusedBatchNorm',
  'FusedBatchNormV2',
  'FusedBatchNormV3',
  'mul-add',
  'sub-mul-add',
  'mul',
  'div',
  'neg',
  'rsub',
] as const;

/** Everything random about an affine op. */
export interface AffineSpec {
  readonly form: (typeof AFFINE_FORMS)[number];
  /** Constants as [c], as [1, …, c], or, where a form can, as one number. */
  readonly shape: 'vector' | 'full' | 'number';
  readonly variance: 'one' | 'tiny' | 'large';
  readonly epsilon: number;
  readonly seed: number;
}

/** Any affine op. */
export function affine(...forms: readonly AffineSpec['form'][]): fc.Arbitrary<AffineSpec> {
  return fc.record({
    form: fc.constantFrom(...(forms.length > 0 ? forms : AFFINE_FORMS)),
    shape: fc.constantFrom('vector' as const, 'full' as const, 'number' as const),
    variance: fc.constantFrom('one' as const, 'tiny' as const, 'large' as const),
    epsilon: fc.constantFrom(1e-3, 1e-5, 1e-12),
    seed: fc.integer(),
  });
}

const VARIANCE = { one: 1, tiny: 1e-12, large: 1e4 };

/** Adds an affine op over the last axis of `x` to both graphs. */
export function addAffine(pair: Pair, x: ValueId, channels: number, rank: number, spec: AffineSpec): ValueId {
  const { form, seed } = spec;
  if (form.startsWith('Fused')) return addBatchNorm(pair, x, channels, spec);
  const operand = (offset: number): [Float32Array, number[]] => {
    if (spec.shape === 'number') return [factors(1, seed + offset), []];
    const shape = spec.shape === 'full' ? [...new Array<number>(rank - 1).fill(1), channels] : [channels];
    return [factors(channels, seed + offset), shape];
  };
  const minus = (value: ValueId): ValueId => {
    const c = pair.constant(...operand(1));
    return pair.different('Sub', [value, c], { op: 'AddV2' });
  };
  const times = (value: ValueId): ValueId => pair.op('Mul', [pair.constant(...operand(2)), value]);
  const plus = (value: ValueId): ValueId => pair.op('AddV2', [value, pair.constant(...operand(3))]);
  switch (form) {
    case 'mul-add':
      return plus(times(x));
    case 'sub-mul-add':
      return plus(times(minus(x)));
    case 'mul':
      return times(x);
    case 'div':
      return pair.op('RealDiv', [x, pair.constant(...operand(4))]);
    case 'neg':
      return pair.different('Neg', [x], { op: 'Identity' });
    default:
      return pair.different('Sub', [pair.constant(...operand(5)), x], { op: 'AddV2' });
  }
}

function addBatchNorm(pair: Pair, x: ValueId, channels: number, spec: AffineSpec): ValueId {
  const { seed, epsilon, form } = spec;
  const gamma = factors(channels, seed + 1);
  const beta = randoms(channels, seed + 2);
  const mean = randoms(channels, seed + 3);
  const variance = randoms(channels, seed + 4).map(
    (value) => (Math.abs(value) + 0.1) * VARIANCE[spec.variance],
  );
  const scale = gamma.map((value, c) => Math.abs(value) / Math.sqrt((variance[c] as number) + epsilon));
  const shift = beta.map((value, c) => Math.abs(value) + Math.abs(mean[c] as number) * (scale[c] as number));
  const inputs = [gamma, beta, mean, variance].map((values) => pair.constant(values, [channels]));
  const scaled = pair.magnitudeOp('Mul', [x, pair.magnitude(scale, [channels])]);
  return pair.different(
    form,
    [x, ...inputs],
    { op: 'AddV2', inputs: [scaled, pair.magnitude(shift, [channels])] },
    { epsilon, is_training: false, data_format: 'NHWC' },
  );
}
