import type { NamedAttrMap, NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs';
import type { Engine } from '../../engine/engine.js';
import {
  mean as meanReference,
  sum as sumReference,
  unsortedSegmentSum as segmentReference,
} from '../../reference/sums.js';
import { sizeOf } from '../../reference/values.js';
import type { FastKernel } from '../kernel.js';
import { reductionOf } from './reduction.js';

/** `tf.sum`. */
export const sum: FastKernel = {
  name: 'Sum',
  run: (engine, inputs, attrs) => reduce(engine, inputs.x as TensorInfo, attrs)?.out,
  isStockFaster,
  reference: sumReference,
};

/** `tf.mean`; that of nothing is 0, as on other backends. */
export const mean: FastKernel = {
  name: 'Mean',
  run: (engine, inputs, attrs) => {
    const found = reduce(engine, inputs.x as TensorInfo, attrs);
    if (found === undefined) return undefined;
    engine.native.scale(engine.address(found.out), sizeOf(found.out.shape), 1 / Math.max(1, found.rows));
    return found.out;
  },
  isStockFaster,
  reference: meanReference,
};

/** Of fewer numbers each, sums along the last axis are faster by the backend. Measured: docs/kernels.md. */
const LEAST_ROWS = 16;

function isStockFaster({ x }: NamedTensorInfoMap, attrs: NamedAttrMap): boolean {
  const reduction = x === undefined ? undefined : reductionOf(x.shape, attrs);
  if (reduction === undefined) return false;
  const { outer, rows, columns } = reduction;
  return columns === 1 && outer > 1 && rows > 0 && rows < LEAST_ROWS;
}

function reduce(
  engine: Engine,
  x: TensorInfo,
  attrs: NamedAttrMap,
): { readonly out: TensorInfo; readonly rows: number } | undefined {
  const reduction = x.dtype === 'float32' ? reductionOf(x.shape, attrs) : undefined;
  if (reduction === undefined) return undefined;
  const { outShape, outer, rows, columns } = reduction;
  const out = engine.output([...outShape], 'float32');
  const work = engine.scratch.take('sums', 4 * columns);
  engine.native.sumMiddle(engine.address(out), engine.address(x), outer, rows, columns, work);
  return { out, rows };
}

/** `tf.unsortedSegmentSum`, the gradient of an embedding and of `tf.gather`. */
export const unsortedSegmentSum: FastKernel = {
  name: 'UnsortedSegmentSum',
  run: (engine, inputs, attrs) => {
    const { x, segmentIds } = inputs as { x: TensorInfo; segmentIds: TensorInfo };
    const { numSegments } = attrs as unknown as { numSegments: number };
    if (x.dtype !== 'float32' || segmentIds.dtype !== 'int32') return undefined;
    const rank = segmentIds.shape.length;
    const inner = x.shape.slice(rank);
    const out = engine.output([numSegments, ...inner], 'float32');
    const { native } = engine;
    native.zero(engine.address(out), sizeOf(out.shape));
    const [rows, columns] = [sizeOf(segmentIds.shape), sizeOf(inner)];
    native.addSegments(
      engine.address(out),
      engine.address(x),
      engine.address(segmentIds),
      rows,
      columns,
      numSegments,
    );
    return out;
  },
  reference: segmentReference,
};
