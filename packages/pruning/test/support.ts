import { goldenTensor, isGoldenTensor, type GoldenTensor, type GoldenValue } from '@tfjs-optimize/testing';
import type { KnownAmount } from '../src/methods/amount.js';

type Values = Readonly<Record<string, GoldenValue>>;

/** The float32 numbers of a tensor of a case. */
export function floats(values: Values, name: string): Float32Array {
  return Float32Array.from(goldenTensor(values, name).data);
}

/** A mask of a case, as numbers. */
export function maskOf(values: Values, name: string): number[] {
  return [...goldenTensor(values, name).data];
}

export function tensors(values: Values, name: string): GoldenTensor[] {
  const list = values[name];
  if (!Array.isArray(list)) throw new Error(`expected tensors as ${name}`);
  return (list as readonly GoldenValue[]).map((one) => {
    if (!isGoldenTensor(one)) throw new Error(`expected tensors as ${name}`);
    return one;
  });
}

/** An amount of PyTorch, which tells 1 from 1.0. */
export function amountOf(amount: GoldenValue | undefined, isCount: boolean): KnownAmount {
  return isCount ? { count: Number(amount) } : { fraction: Number(amount) };
}

/** Zeros of a mask by the magnitude of the weights there: what counts where equal magnitudes tie. */
export function zerosBySize(mask: ArrayLike<number>, values: ArrayLike<number>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (let i = 0; i < mask.length; i++) {
    if (mask[i] !== 0) continue;
    const size = String(Math.abs(values[i] as number));
    counts[size] = (counts[size] ?? 0) + 1;
  }
  return counts;
}

/** A matrix with its axes swapped. */
export function turned(values: ArrayLike<number>, [rows, columns]: readonly [number, number]): number[] {
  return Array.from(
    { length: rows * columns },
    (_, i) => values[(i % rows) * columns + Math.floor(i / rows)] as number,
  );
}
