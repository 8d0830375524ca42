import * as tf from '@tensorflow/tfjs';
import { attr } from '../../graph/node.js';
import type { CallEmitter } from '../call-emitter.js';
import type { CallView } from '../call-view.js';
import type { Emitted } from '../emitted.js';
import type { TensorSpec } from '../hollow.js';
import { sameNum, type Num } from '../numbers.js';
import { activationSuffix, applyActivation } from './activation.js';
import type { KernelRows, Result } from './row.js';

/** The op leaves the check of inner sizes to the kernel, so it is made here. */
function matMulShape(call: CallView): TensorSpec {
  const [a, b] = [call.dims('a'), call.dims('b')];
  const rows = (call.bool('transposeA') ? a[a.length - 1] : a[a.length - 2]) as number;
  const columns = (call.bool('transposeB') ? b[b.length - 2] : b[b.length - 1]) as number;
  const inner = [
    call.bool('transposeA') ? a.at(-2) : a.at(-1),
    call.bool('transposeB') ? b.at(-1) : b.at(-2),
  ];
  tf.util.assert(
    inner[0] === inner[1],
    () => `Error in matMul: inner shapes of [${a.join()}] and [${b.join()}]`,
  );
  const batch = tf.backend_util.assertAndGetBroadcastShape(a.slice(0, -2), b.slice(0, -2));
  return { shape: [...batch, rows, columns], dtype: call.dtype('a') };
}

/** `MatMul` for matrices and `BatchMatMulV2` for stacks of them; the executor treats both alike. */
function matMul(call: CallView, emit: CallEmitter, a: string, b: string, batched: boolean): string {
  const [ta, tb] = [attr.bool(call.bool('transposeA')), attr.bool(call.bool('transposeB'))];
  return batched
    ? emit.node('BatchMatMulV2', [a, b], { adj_x: ta, adj_y: tb })
    : emit.node('MatMul', [a, b], { transpose_a: ta, transpose_b: tb });
}

/**
 * `tf.fused.matMul` reshapes both operands to rank three, calls the kernel and reshapes the result.
 * A graph's `_FusedMatMul` does so again by itself, so for a single matrix the reshapes are left out:
 * the operands are the matrices [m, k] and [k, n], and the result is [m, n].
 */
function fusedMatMul(call: CallView, emit: CallEmitter): Result {
  const [a, b] = [call.input('a').shape, call.input('b').shape];
  const single = sameNum(a[0] as Num, 1) && sameNum(b[0] as Num, 1);
  const left = single ? emit.as('a', a.slice(1)) : emit.in('a');
  const right = single ? emit.as('b', b.slice(1)) : emit.in('b');
  const shape = single ? call.output().shape.slice(1) : call.output().shape;
  const done = (value: string): Emitted => ({ value, shape, dtype: call.output().dtype });
  if (!call.has('bias')) return done(applyActivation(call, emit, matMul(call, emit, left, right, !single)));
  const args = [emit.in('bias')];
  if (call.str('activation') === 'prelu') args.push(emit.in('preluActivationWeights'));
  return done(
    emit.node('_FusedMatMul', [left, right, ...args], {
      transpose_a: attr.bool(call.bool('transposeA')),
      transpose_b: attr.bool(call.bool('transposeB')),
      num_args: attr.int(args.length),
      ...activationSuffix(call),
    }),
  );
}

/**
 * The executor reads string attributes in lower case, so an equation with capital letters gets
 * unused small ones.
 */
export function lowerEquation(equation: string): string {
  const letters = 'abcdefghijklmnopqrstuvwxyz';
  const free = [...letters].filter((letter) => !equation.includes(letter));
  const names = new Map<string, string>();
  return equation.replace(/[A-Z]/g, (capital) => {
    const name = names.get(capital) ?? free.shift() ?? capital;
    names.set(capital, name);
    return name;
  });
}

function einsumShape(call: CallView): TensorSpec {
  const [left = '', right = ''] = call.str('equation').replace(/\s/g, '').split('->');
  const sizes = new Map<string, number>();
  left.split(',').forEach((term, i) => {
    const dims = call.dims(String(i));
    [...term].forEach((letter, axis) => {
      const size = dims[axis] as number;
      tf.util.assert(
        (sizes.get(letter) ?? size) === size,
        () => `Error in einsum: sizes of '${letter}' differ`,
      );
      sizes.set(letter, size);
    });
  });
  return { shape: [...right].map((letter) => sizes.get(letter) as number), dtype: call.dtype('0') };
}

export const matrixKernels: KernelRows = {
  BatchMatMul: {
    shape: matMulShape,
    convert: (call, emit) => {
      const batched = call.input('a').shape.length > 2 || call.input('b').shape.length > 2;
      return matMul(call, emit, emit.in('a'), emit.in('b'), batched);
    },
  },
  _FusedMatMul: { shape: matMulShape, convert: fusedMatMul },
  Einsum: {
    shape: einsumShape,
    convert: (call, emit) =>
      emit.node('Einsum', emit.all(), {
        equation: attr.string(lowerEquation(call.str('equation'))),
        N: attr.int(call.inputs.length),
      }),
  },
  Transpose: {
    shape: (call) => {
      const x = call.dims('x');
      return { shape: call.nums('perm').map((axis) => x[axis] as number), dtype: call.dtype('x') };
    },
    convert: (call, emit) => {
      const perm = call.nums('perm');
      if (perm.every((axis, i) => axis === i)) return emit.view('x');
      return emit.node('Transpose', [emit.in('x'), emit.ints(perm, 'perm')], {
        T: attr.type(call.dtype('x')),
        Tperm: attr.type('int32'),
      });
    },
  },
};
