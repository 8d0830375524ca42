import type { LayerCase } from './case.js';
import { FEED_FORWARD } from './feed-forward.js';
import { OTHERS } from './others.js';

export type { LayerCase } from './case.js';

/** Every class of `tf.layers`, in its main uses. */
export const LAYER_CASES: readonly LayerCase[] = [...FEED_FORWARD, ...OTHERS];
