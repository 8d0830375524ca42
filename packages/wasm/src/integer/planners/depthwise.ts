import { geometryOf, type Geometry, type Params, type Sliding } from '@tfjs-optimize/runtime/reference';
import { columnsOf, keepColumns } from '../columns.js';
import { packDepthwise, type Layout, layoutOf } from '../depthwise-layout.js';
import type { Planned, Planner, Site } from '../site.js';
import { takeTarget } from '../target.js';
import { BYTE_OF_ZERO } from '../value.js';
import { betweenOf, weightsOf } from './products.js';

type Attrs = Params & Sliding;

/** Pixels that are computed together. */
const BLOCK = 4;
/** Kernels read so far beyond lines. */
const MARGIN = 64;

export const depthwiseConv2d: Planner = (site, [x]) => {
  const filter = site.constant('filter')?.shape;
  if (x?.length !== 4 || filter?.length !== 4 || filter[2] !== x[3]) return undefined;
  const [height, width, channels, multiplier] = filter as [number, number, number, number];
  const geometry = geometryOf(x, [height, width], site.attrs as Attrs);
  const outputs = channels * multiplier;
  const kept = site.once('weights', () => keep(site, outputs, height, width));
  return kept && planned(site, geometry, outputs, kept);
};

interface Kept {
  readonly layout: Layout;
  readonly weights: number;
  readonly columns: number;
}

function keep(site: Site, outputs: number, height: number, width: number): Kept | undefined {
  const found = weightsOf(site, 'filter', outputs, false);
  if (found === undefined) return undefined;
  const { data, bias, multipliers } = found;
  const { memory, form } = site;
  const layout = layoutOf(height, width, form.lane);
  const packed = packDepthwise(data, outputs, layout, form.lane);
  const weights = memory.keep(packed.byteLength);
  memory.bytes(weights, packed.byteLength).set(new Uint8Array(packed.buffer));
  const between = betweenOf(site.attrs as Params);
  const matrix = { data, start: 0, inner: height * width, columns: outputs, stride: outputs };
  const all = columnsOf(matrix, bias, multipliers, between.xZeroPoint + BYTE_OF_ZERO);
  return { layout, weights, columns: keepColumns(memory, all, between) };
}

function planned(site: Site, geometry: Geometry, outputs: number, kept: Kept): Planned {
  const { batch, inHeight, inWidth, inChannels, outHeight, outWidth } = geometry;
  const { native } = site.form;
  const between = betweenOf(site.attrs as Params);
  const { numbers, bytes } = describe(geometry, outputs, kept.layout, between.xZeroPoint, site.form.lane);
  const pixels = inHeight * inWidth;
  const times = outputs / inChannels;
  return {
    shape: [batch, outHeight, outWidth, outputs],
    bind:
      ([x], y) =>
      () => {
        if (outHeight * outWidth * outputs === 0) return;
        const g = site.memory.take('geometry', 4 * numbers.length);
        site.memory.write(g, numbers);
        const work = site.memory.take('lines', bytes);
        const target = takeTarget(site.memory, between, 0);
        const wide = times === 1 ? 0 : site.memory.take('rows', pixels * outputs + MARGIN);
        for (let image = 0; image < batch; image++) {
          let from = (x?.address as number) + image * pixels * inChannels;
          if (times > 1) {
            native.repeatBytes(wide, from, pixels * inChannels, times);
            from = wide;
          }
          const to = y.address + image * outHeight * outWidth * outputs;
          native.integerDepthwise(to, from, g, kept.weights, kept.columns, target, work);
        }
      },
  };
}

/** What `assembly/conv/geometry.ts` and `assembly/integer/depthwise-geometry.ts` tell, and bytes of the memory for lines. */
function describe(
  geometry: Geometry,
  outputs: number,
  { groups, rest, share, dots }: Layout,
  zeroPoint: number,
  lane: number,
): { numbers: number[]; bytes: number } {
  const { inHeight, inWidth, outHeight, outWidth, windowHeight, windowWidth, top, left } = geometry;
  const { strideHeight, strideWidth, dilationHeight, dilationWidth } = geometry;
  const span = (Math.max(outWidth, BLOCK) - 1) * strideWidth + (windowWidth - 1) * dilationWidth + 1;
  const line = Math.max(left + inWidth, span);
  const lineBytes = line * outputs;
  const copyBytes = lineBytes + share * dilationWidth * outputs + MARGIN;
  const outStep = Math.ceil(outputs / 4) * 4;
  const lines = inWidth * outputs + MARGIN;
  const buffers = lines + (share > 1 ? rest * copyBytes : 0);
  const row = buffers + (groups + (rest > 0 ? 1 : 0)) * lineBytes * lane + MARGIN;
  const isWrittenOut = windowHeight === 3 && windowWidth === 3 && dilationWidth === 1 && strideWidth <= 2;
  const numbers = [
    ...[inHeight, inWidth, outputs, outHeight, outWidth, windowHeight, windowWidth],
    ...[strideHeight, strideWidth, dilationHeight, dilationWidth, top, left, zeroPoint + BYTE_OF_ZERO],
    ...[line, groups, rest, share, dots.length, isWrittenOut ? 10 * windowWidth + strideWidth : 0],
    ...[lines, copyBytes, buffers, row, outStep],
    ...dots.map(({ buffer, column }) => (buffer * line + column * dilationWidth) * outputs * lane),
  ];
  return { numbers, bytes: row + Math.max(outWidth, BLOCK) * outStep };
}
