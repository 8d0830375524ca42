import type { TensorInfo } from '@tensorflow/tfjs';
import type { Engine } from '../engine/engine.js';

/** Activations that TensorFlow.js fuses, by the numbers that `assembly/elementwise/activate.ts` gives them. */
const KINDS: Readonly<Record<string, number>> = {
  linear: 0,
  relu: 1,
  relu6: 2,
  prelu: 3,
  leakyrelu: 4,
  sigmoid: 5,
  elu: 6,
};

/** Whether an activation is one that kernels of this package know. */
export function isActivation(name: string): boolean {
  return Object.hasOwn(KINDS, name);
}

/** What is done to each sum of a product or convolution. */
export interface Epilogue {
  readonly bias: TensorInfo | undefined;
  readonly activation: string;
  /** Slope of leakyrelu below 0. */
  readonly alpha: number;
  readonly slopes: TensorInfo | undefined;
}

export const PLAIN: Epilogue = { bias: undefined, activation: 'linear', alpha: 0, slopes: undefined };

/** Whether kernels of this package can do it: bias and slopes for each column, or one number for all. */
export function canFinish({ bias, activation, slopes }: Epilogue, columns: number): boolean {
  return (
    isActivation(activation) &&
    (bias === undefined || fits(bias, columns)) &&
    (activation === 'prelu' ? slopes !== undefined && fits(slopes, columns) : true)
  );
}

function fits({ shape, dtype }: TensorInfo, columns: number): boolean {
  const size = shape.reduce((a, b) => a * b, 1);
  return dtype === 'float32' && (size === columns || size === 1) && (shape.at(-1) ?? 1) === size;
}

/** What a clamp does of an activation, at no cost to the inner loop; undefined for those that need more. */
export function limitsOf(activation: string): readonly [low: number, high: number] | undefined {
  if (activation === 'linear') return [-Infinity, Infinity];
  if (activation === 'relu') return [0, Infinity];
  return activation === 'relu6' ? [0, 6] : undefined;
}

/** What has been done to sums already. */
export interface Done {
  readonly biased: boolean;
  readonly activated: boolean;
}

/** Does to rows of sums, in place, what is left of an epilogue. */
export function finish(
  engine: Engine,
  sums: number,
  rows: number,
  columns: number,
  { bias, activation, alpha, slopes }: Epilogue,
  { biased, activated }: Done,
): void {
  const addBias = bias !== undefined && !biased;
  const kind = activated ? 0 : (KINDS[activation] as number);
  if (!addBias && kind === 0) return;
  engine.native.activate(
    sums,
    rows,
    columns,
    addBias ? columnsOf(engine, bias, columns, 'bias') : 0,
    kind,
    alpha,
    slopes === undefined ? 0 : columnsOf(engine, slopes, columns, 'slopes'),
  );
}

/** Address of one number for each column, and memory up to a multiple of eight behind them that may be read. */
export function columnsOf(engine: Engine, values: TensorInfo, columns: number, slot: string): number {
  const single = values.shape.reduce((a, b) => a * b, 1) !== columns;
  if (!single && columns % 8 === 0) return engine.address(values);
  const to = engine.scratch.take(slot, 4 * (columns + 8));
  engine.native.copyColumns(to, engine.address(values), columns, single ? 1 : 0);
  return to;
}
