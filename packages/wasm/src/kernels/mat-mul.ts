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
  isStockFaster,
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
  isStockFaster,
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
  if (k !== depth) return undefined;
  const batches = [a, b].map(({ shape }) => shape.slice(0, -2)) as [number[], number[]];
  const batch = broadcast(...batches);
  if (batch === undefined) return undefined;
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

/** Of less depth the backend's products are faster, and with few rows, which read the weights once for each of ours. */
const LEAST_DEPTH = 20;
const FEW_ROWS = 8;
/** Weights that no cache holds, in numbers. */
const LARGE = 1 << 20;
/** Multiplications below which a call for each matrix of a batch takes longer than the matrix. */
const TINY = 128;

/**
 * Whether the backend does it faster, and right: products of one matrix by one, nothing transposed, with a bias of a
 * number for each column; and many tiny matrices without bias. Measured: docs/kernels.md.
 */
function isStockFaster(inputs: NamedTensorInfoMap, attrs: NamedAttrMap): boolean {
  const { a, b, bias } = inputs as { a: TensorInfo; b: TensorInfo; bias?: TensorInfo };
  const { transposeA, transposeB } = formOf(attrs);
  const { activation = 'linear' } = attrs as { readonly activation?: string };
  const [k, m] = [a.shape.at(transposeA ? -2 : -1), a.shape.at(transposeA ? -1 : -2)] as [number, number];
  const n = b.shape.at(transposeB ? -2 : -1) as number;
  const [batchA, batchB] = [a, b].map(({ shape }) => shape.slice(0, -2)) as [number[], number[]];
  if (m * k * n === 0) return false;
  const isPlain = bias === undefined && activation === 'linear';
  if (isPlain && batchA.join() === batchB.join() && m * k * n <= TINY) return sizeOf(batchA) > 1;
  const isColumn = bias === undefined || (bias.shape.length === 1 && bias.shape[0] === n);
  if (!isThreaded(inputs, attrs) || !isColumn || !STOCK_ACTIVATIONS.includes(activation) || m === 1)
    return false;
  return k < LEAST_DEPTH || (m <= FEW_ROWS && k * n >= LARGE);
}

/** Activations that the backend fuses as it should: its clamps make 0 of NaN. */
const STOCK_ACTIVATIONS: readonly string[] = ['linear'];

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
