import { geometryOf, type Geometry, type Sliding } from '../reference/geometry.js';
import type { Channels } from '../reference/sums.js';
import type { Operands } from './operands.js';

/** What a convolution of the inputs `x` and `filter` slides over, and its channels. Refuses filters that do not fit. */
export function windowsOf(
  inputs: Operands,
  how: Sliding,
  isDepthwise: boolean,
): { readonly geometry: Geometry; readonly channels: Channels; readonly shape: readonly number[] } {
  const [height, width, own, last] = inputs.shapeOf('filter', 4) as [number, number, number, number];
  const geometry = geometryOf(inputs.shapeOf('x', 4), [height, width], how);
  const { batch, inChannels, outHeight, outWidth } = geometry;
  const groups = isDepthwise ? inChannels : inChannels / own;
  const outputs = isDepthwise ? own * last : last;
  if (isDepthwise && own !== inChannels) {
    inputs.refuse('filter', `${inChannels} channels, as x has`, `${own}`);
  }
  if (!Number.isInteger(groups) || outputs % groups !== 0) {
    inputs.refuse('filter', `channels in and out in groups, for ${inChannels}`, `${own} in and ${last} out`);
  }
  return { geometry, channels: { groups, outputs }, shape: [batch, outHeight, outWidth, outputs] };
}
