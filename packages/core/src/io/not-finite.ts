import type { Encoding, Weight } from '../weights.js';

/** Words for the NaN and infinite elements of a weight; undefined if there are none. */
export function notFinite(weight: Weight): string | undefined {
  if (weight.dtype !== 'float32' && weight.dtype !== 'complex64') return undefined;
  if (weight.encoding.kind === 'affine' && endsAreFinite(weight.encoding)) return undefined;
  let nan = 0;
  let infinite = 0;
  for (const value of weight.numbers()) {
    // A difference of a number with itself is zero, that of NaN and infinity is not.
    if (value - value === 0) continue;
    if (Number.isNaN(value)) nan++;
    else infinite++;
  }
  if (nan + infinite === 0) return undefined;
  const counts = [nan > 0 ? [`${nan} NaN`] : [], infinite > 0 ? [`${infinite} infinite`] : []].flat();
  return `${counts.join(' and ')} ${(infinite || nan) === 1 ? 'value' : 'values'}`;
}

function endsAreFinite({ dtype, scale, min }: Encoding & { kind: 'affine' }): boolean {
  const greatest = (dtype === 'uint8' ? 0xff : 0xffff) * scale + min;
  return Number.isFinite(Math.fround(greatest)) && Number.isFinite(Math.fround(min));
}
