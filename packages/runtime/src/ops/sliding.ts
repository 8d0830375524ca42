import type { Sliding } from '../reference/geometry.js';
import type { AttrReader } from './attrs.js';

/** Strides, paddings and dilations of a node over [batch, height, width, channels]. */
export function slidingOf(given: AttrReader): Sliding {
  const padding = given.word('padding', ['SAME', 'VALID', 'EXPLICIT'], 'VALID');
  const explicit_paddings =
    padding === 'EXPLICIT' ? given.ints('explicit_paddings', 0, 8) : [0, 0, 0, 0, 0, 0, 0, 0];
  if (explicit_paddings.some((size, i) => size !== 0 && (i < 2 || i > 5))) {
    given.refuse('explicit_paddings', 'no padding of batch and channels', explicit_paddings);
  }
  return {
    padding,
    explicit_paddings,
    strides: steps(given, 'strides'),
    dilations: steps(given, 'dilations'),
  };
}

/** Four numbers, of which those of batch and channels are 1. */
function steps(given: AttrReader, name: string): readonly number[] {
  const list = given.ints(name, 1, 4, [1, 1, 1, 1]);
  if (list[0] !== 1 || list[3] !== 1) given.refuse(name, '1 for batch and channels', list);
  return list;
}
