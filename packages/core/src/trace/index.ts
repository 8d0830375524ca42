// Placeholder for the tracer's exports, so that reading (io/load.ts) can be built meanwhile: replace this file.
import { fail } from '../errors.js';
import type { LayersModel } from '@tensorflow/tfjs';
import type { Model } from '../model.js';
export interface TraceOptions {
  readonly signal?: AbortSignal;
}
export function traceLayersModel(model: LayersModel, options?: TraceOptions): Model<'float'> {
  void options;
  return fail('internal', { subject: model.name, expected: 'a tracer', got: 'none yet' });
}
