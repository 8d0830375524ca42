import { Weight, type Encoding } from '@tfjs-optimize/core';
import { masked, type Mask } from './mask.js';

/**
 * A float32 weight with zeros where a mask does not keep it. Stored encodings stay, where they have a code for zero;
 * elsewhere the weight becomes plain float32.
 */
export function zeroed(weight: Weight, mask: Mask): Weight {
  const code = zeroCode(weight.encoding);
  if (code === undefined) return Weight.of(masked(weight.numbers() as Float32Array, mask), weight.shape);
  const width = weight.bytes.byteLength / Math.max(weight.size, 1);
  const bytes = weight.bytes.slice();
  for (let i = 0; i < mask.kept.length; i++) {
    if (mask.kept[i] !== 0) continue;
    for (let byte = 0; byte < width; byte++) bytes[i * width + byte] = (code >>> (8 * byte)) & 0xff;
  }
  return Weight.stored(weight.dtype, weight.shape, weight.encoding, bytes);
}

/** The stored number that stands for exactly 0; undefined where there is none, and for plain numbers. */
function zeroCode(encoding: Encoding): number | undefined {
  switch (encoding.kind) {
    case 'float16':
    case 'bfloat16':
    case 'channels':
      return 0;
    case 'affine': {
      const { scale, min, dtype } = encoding;
      const code = Math.round(-min / scale);
      const isCode = code >= 0 && code <= (dtype === 'uint8' ? 0xff : 0xffff);
      return isCode && code * scale + min === 0 ? code : undefined;
    }
    default:
      return undefined;
  }
}
