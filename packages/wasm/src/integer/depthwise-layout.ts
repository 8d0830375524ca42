/** Which number of a filter meets which number of a lane, in one dot product for each sum. */
interface Dot {
  /** Which of the interleaved lines it reads, and at which column of the filter. */
  readonly buffer: number;
  readonly column: number;
  /** For each number of the lane the tap, row by row, or none. */
  readonly taps: readonly (number | undefined)[];
}

/** How lines that a filter sees are interleaved: see `assembly/integer/depthwise.ts`. */
export interface Layout {
  /** Groups of as many lines as a lane has numbers, and lines that are left. */
  readonly groups: number;
  readonly rest: number;
  /** Columns of the lines that are left that one lane takes. */
  readonly share: number;
  readonly dots: readonly Dot[];
}

/** @param lane numbers of a lane of a dot product. */
export function layoutOf(height: number, width: number, lane: number): Layout {
  const groups = Math.floor(height / lane);
  const rest = height % lane;
  const share = rest === 0 || width === 1 ? 1 : Math.floor(lane / rest);
  const places = Array.from({ length: lane }, (_, i) => i);
  const tapAt = (row: number, column: number) => (column < width ? row * width + column : undefined);
  const dots: Dot[] = [];
  for (let buffer = 0; buffer < groups; buffer++) {
    for (let column = 0; column < width; column++) {
      dots.push({ buffer, column, taps: places.map((i) => tapAt(buffer * lane + i, column)) });
    }
  }
  for (let column = 0; rest > 0 && column < width; column += share) {
    const taps = places.map((i) =>
      i < rest * share ? tapAt(groups * lane + (i % rest), column + Math.floor(i / rest)) : undefined,
    );
    dots.push({ buffer: groups, column, taps });
  }
  return { groups, rest, share, dots };
}

/**
 * Weights in the order in which loops read them: for each four channels, for each dot product the numbers of four lanes,
 * as wide as dot products take them.
 */
export function packDepthwise(
  filter: Int8Array,
  channels: number,
  { dots }: Layout,
  lane: 2 | 4,
): Int8Array | Int16Array {
  const blocks = Math.ceil(channels / 4);
  const length = blocks * dots.length * 4 * lane;
  const packed = lane === 4 ? new Int8Array(length) : new Int16Array(length);
  let at = 0;
  for (let block = 0; block < blocks; block++) {
    for (const { taps } of dots) {
      for (let c = 4 * block; c < 4 * block + 4; c++) {
        for (const tap of taps) {
          if (tap !== undefined && c < channels) packed[at] = filter[tap * channels + c] as number;
          at++;
        }
      }
    }
  }
  return packed;
}
