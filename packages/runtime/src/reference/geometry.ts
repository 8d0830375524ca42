/** Windows that slide over images [batch, height, width, channels]. */
export interface Geometry {
  readonly batch: number;
  readonly inHeight: number;
  readonly inWidth: number;
  readonly inChannels: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly windowHeight: number;
  readonly windowWidth: number;
  readonly strideHeight: number;
  readonly strideWidth: number;
  readonly dilationHeight: number;
  readonly dilationWidth: number;
  /** Rows of padding above and columns to the left. */
  readonly top: number;
  readonly left: number;
}

/** How windows slide, as nodes tell it. Lists count [batch, height, width, channels]. */
export interface Sliding {
  readonly strides: readonly number[];
  readonly padding: 'SAME' | 'VALID' | 'EXPLICIT';
  /** Before and after each axis, where the padding is explicit. */
  readonly explicit_paddings: readonly number[];
  readonly dilations: readonly number[];
}

/** @param window height and width. */
export function geometryOf(x: readonly number[], window: readonly [number, number], how: Sliding): Geometry {
  const [batch, inHeight, inWidth, inChannels] = x as readonly [number, number, number, number];
  const height = slide(inHeight, window[0], how, 1);
  const width = slide(inWidth, window[1], how, 2);
  return {
    batch,
    inHeight,
    inWidth,
    inChannels,
    outHeight: height.size,
    outWidth: width.size,
    windowHeight: window[0],
    windowWidth: window[1],
    strideHeight: how.strides[1] as number,
    strideWidth: how.strides[2] as number,
    dilationHeight: how.dilations[1] as number,
    dilationWidth: how.dilations[2] as number,
    top: height.before,
    left: width.before,
  };
}

/** Size of the output and padding before the input along an axis. SAME pads an odd place after. */
function slide(size: number, window: number, how: Sliding, axis: number): { size: number; before: number } {
  const stride = how.strides[axis] as number;
  const span = (window - 1) * (how.dilations[axis] as number) + 1;
  if (how.padding === 'SAME') {
    const out = Math.ceil(size / stride);
    return { size: out, before: Math.max(Math.floor(((out - 1) * stride + span - size) / 2), 0) };
  }
  const explicit = how.padding === 'EXPLICIT';
  const before = explicit ? (how.explicit_paddings[2 * axis] as number) : 0;
  const after = explicit ? (how.explicit_paddings[2 * axis + 1] as number) : 0;
  return { size: Math.max(Math.floor((size + before + after - span) / stride) + 1, 0), before };
}
