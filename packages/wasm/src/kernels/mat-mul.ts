import type { NamedAttrMap, NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs';
import type { Engine } from '../engine/engine.js';
import { matMul } from '../reference/mat-mul.js';
import { sizeOf } from '../reference/values.js';
import { broadcast } from '../shapes.js';
import { canFinish, finish, PLAIN, type Epilogue } from './activations.js';
import type { FastKernel } from './kernel.js';
import { finishStretched, stretchedEnding } from './stretched-ending.js';
import { Product } from './product.js';

/** `tf.matMul` of any batch, broadcast and transposition. */
export const batchMatMul: FastKernel = {
  name: 'BatchMatMul',
  run: (engine, inputs, attrs) => {
    const { a, b } = inputs as { a: TensorInfo; b: TensorInfo };
    return multiply(engine, a, b, { ...formOf(attrs), epilogue: PLAIN });
  },
  isThreaded,
  reference: matMul,
};

/** `tf.fused.matMul`: with a bias and an activation. */
export const fusedMatMul: FastKernel = {
  name: '_FusedMatMul',
  run: (engine, inputs, attrs) => {
    const {
      a,
      b,
      bias,
      preluActivationWeights: slopes,
    } = inputs as { a: TensorInfo; b: TensorInfo } & {
      bias?: TensorInfo;
      preluActivationWeights?: TensorInfo;
    };
    const { activation = 'linear', leakyreluAlpha } = attrs as {
      activation?: string;
      leakyreluAlpha?: number;
    };
    return multiply(engine, a, b, {
      ...formOf(attrs),
      epilogue: { bias, activation, alpha: leakyreluAlpha ?? 0.2, slopes },
    });
  },
  isThreaded,
  reference: matMul,
};

interface Form {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

function formOf(attrs: object): Form {
  const { transposeA = false, transposeB = false } = attrs as Partial<Form>;
  return { transposeA, transposeB };
}

/** One product of matrices as they lie in memory. */
function isThreaded(inputs: NamedTensorInfoMap, attrs: NamedAttrMap): boolean {
  const { a, b } = inputs as { a: TensorInfo; b: TensorInfo };
  const { transposeA, transposeB } = formOf(attrs);
  const isOne = [a, b].every(({ shape }) => sizeOf(shape.slice(0, -2)) === 1 && sizeOf(shape) > 0);
  return isOne && !transposeA && !transposeB;
}

/** Products of [..., m, k] and [..., k, n], or what they are before they are transposed. */
function multiply(
  engine: Engine,
  a: TensorInfo,
  b: TensorInfo,
  { transposeA, transposeB, epilogue }: Form & { readonly epilogue: Epilogue },
): TensorInfo | undefined {
  if (a.dtype !== 'float32' || b.dtype !== 'float32') return undefined;
  if (Math.min(a.shape.length, b.shape.length) < 2) return undefined;
  const [aRows, aColumns] = a.shape.slice(-2) as [number, number];
  const [bRows, bColumns] = b.shape.slice(-2) as [number, number];
  const [m, k] = transposeA ? [aColumns, aRows] : [aRows, aColumns];
  const [depth, n] = transposeB ? [bColumns, bRows] : [bRows, bColumns];
  const batch = broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2));
  if (k !== depth || batch === undefined) return undefined;
  const shape = [...batch.shape, m, n];
  const isWhole = isMatrix(epilogue, m, n);
  const places = isWhole || canFinish(epilogue, n) ? undefined : stretchedEnding(epilogue, shape);
  if (places === undefined && !isWhole && !canFinish(epilogue, n)) return undefined;
  const out = engine.output(shape, 'float32');
  if (sizeOf(out.shape) === 0) return out;
  const product = new Product(engine, {
    ...{ m, k, n, transposeA, transposeB, b },
    epilogue: isWhole || places !== undefined ? PLAIN : epilogue,
  });
  const [aAt, bAt, cAt] = [engine.address(a), engine.address(b), engine.address(out)];
  for (let i = 0; i < batch.pairs.length; i++) {
    const [ai, bi] = batch.pairs[i] as readonly [number, number];
    const c = cAt + 4 * i * m * n;
    product.run(aAt + 4 * ai * m * k, bAt + 4 * bi * k * n, bi, c);
    if (isWhole) finish(engine, c, 1, m * n, epilogue, { biased: false, activated: false });
  }
  if (places !== undefined) finishStretched(engine, out, epilogue, places);
  return out;
}

/** Whether a bias has a number for each of the product, which is then one long row. Slopes would not have as many. */
function isMatrix({ bias, activation }: Epilogue, m: number, n: number): boolean {
  if (bias === undefined || m === 1 || activation === 'prelu') return false;
  return (
    bias.shape.slice(-2).join() === `${m},${n}` &&
    canFinish({ ...PLAIN, bias: flat(bias), activation }, m * n)
  );
}

/** The same numbers in one row. */
function flat(info: TensorInfo): TensorInfo {
  return { ...info, shape: [sizeOf(info.shape)] };
}
