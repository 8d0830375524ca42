import { geometryOf, type Geometry, type Sliding } from '@tfjs-optimize/runtime/reference';
import { sizeOf } from '../../reference/values.js';
import { PANEL } from '../columns.js';
import { keepColumns } from '../dynamic/columns.js';
import { kindOf, type DynamicAttrs } from '../dynamic/kinds.js';
import { constantsOf, type DynamicConstants } from '../dynamic/product.js';
import { PARAMS_BYTES, paramsOf, targetOf } from '../dynamic/rows.js';
import type { Planner, Site } from '../site.js';

export const dynamicDepthwise: Planner = (site, [x]) => {
  const filter = site.constant('filter')?.shape;
  if (x?.length !== 4 || filter?.length !== 4 || sizeOf(x) * sizeOf(filter) === 0) return undefined;
  const [height, width, channels, multiplier] = filter as [number, number, number, number];
  const geometry = geometryOf(x, [height, width], site.attrs as Sliding);
  const { batch, inHeight, inWidth, outHeight, outWidth, strideHeight, strideWidth } = geometry;
  if (geometry.inChannels !== channels || outHeight * outWidth === 0) return undefined;
  const outputs = channels * multiplier;
  const kept = site.once('filters', () => filtersOf(site, height * width, outputs));
  if (kept === undefined) return undefined;
  const { memory } = site;
  const attrs = site.attrs as DynamicAttrs;
  const { form, kind, most } = kindOf(site.form.wide, attrs, height * width);
  const around = paddedImage(geometry, outputs);
  const { pixelBytes, lineBytes, imageBytes, taps } = around;
  const size = inHeight * inWidth * channels;
  const ends = { step: COLUMNS_STEP, low: attrs.clamp_min, high: attrs.clamp_max };
  return {
    shape: [batch, outHeight, outWidth, outputs],
    kind: 'float32',
    bind:
      ([from], to) =>
      () => {
        const start = from?.address as number;
        const found = { form, kind, most, isWhole: attrs.mode === 'tensor' };
        const params = paramsOf(memory, found, start, batch, size);
        const target = targetOf(memory, ends, 0);
        const image = memory.take('image', imageBytes + 16);
        const line = memory.take('line', inWidth * channels * 2 + 16);
        const places = memory.take('taps', 4 * taps.length);
        memory.write(places, taps);
        memory.bytes(image, imageBytes).fill(0);
        for (let i = 0; i < batch; i++) {
          const own = params + i * PARAMS_BYTES;
          const inside = image + geometry.top * lineBytes + geometry.left * pixelBytes;
          form.native.dynamicLines(
            ...([inside, start + 4 * i * size, own, inHeight, inWidth, channels, multiplier] as const),
            ...([lineBytes, pixelBytes, kind, most, line] as const),
          );
          form.native.dynamicDepthwise(
            ...([to.address + 4 * i * outHeight * outWidth * outputs, image] as const),
            ...([outHeight, outWidth, outputs, strideHeight * lineBytes, strideWidth * pixelBytes] as const),
            ...([places, taps.length / 2, kept.weights, kept.columns, own, target] as const),
          );
        }
      },
  };
};

/** Bytes from the floats of eight channels to those of the next. */
const COLUMNS_STEP = 4 * PANEL;

/** An image of whole vectors of numbers of 16 bits, with zeros around it where windows reach. */
interface PaddedImage {
  readonly pixelBytes: number;
  readonly lineBytes: number;
  readonly imageBytes: number;
  /** Where the pixels of a window lie, in bytes from its first; as many as come in pairs. */
  readonly taps: readonly number[];
}

function paddedImage(geometry: Geometry, channels: number): PaddedImage {
  const { inHeight, inWidth, outHeight, outWidth, windowHeight, windowWidth, top, left } = geometry;
  const { strideHeight, strideWidth, dilationHeight, dilationWidth } = geometry;
  const lines = (outHeight - 1) * strideHeight + (windowHeight - 1) * dilationHeight + 1;
  const pixels = (outWidth - 1) * strideWidth + (windowWidth - 1) * dilationWidth + 1;
  const pixelBytes = Math.ceil(channels / PANEL) * PANEL * 2;
  const lineBytes = Math.max(pixels, left + inWidth) * pixelBytes;
  const taps: number[] = [];
  for (let i = 0; i < windowHeight; i++) {
    for (let j = 0; j < windowWidth; j++) {
      taps.push(i * dilationHeight * lineBytes + j * dilationWidth * pixelBytes);
    }
  }
  // The partner of an odd one meets a weight of 0.
  if (taps.length % 2 === 1) taps.push(0);
  return { pixelBytes, lineBytes, imageBytes: Math.max(lines, top + inHeight) * lineBytes, taps };
}

function filtersOf(site: Site, taps: number, outputs: number) {
  const constants = constantsOf(site, 'filter', outputs);
  if (constants === undefined) return undefined;
  const { data, scales, bias } = constants;
  const matrix = { data, start: 0, inner: taps, columns: outputs, stride: outputs };
  return {
    weights: keepFilters(site, constants, taps, outputs),
    columns: keepColumns(site.memory, matrix, scales, bias),
  };
}

/** Filters as `assembly/integer/dynamic/depthwise.ts` reads them. */
function keepFilters({ memory }: Site, { data }: DynamicConstants, taps: number, outputs: number): number {
  const pairs = Math.ceil(taps / 2);
  const bytes = Math.ceil(outputs / PANEL) * pairs * PANEL * 4;
  const address = memory.keep(bytes);
  const view = memory.view(address, bytes);
  memory.bytes(address, bytes).fill(0);
  for (let tap = 0; tap < taps; tap++) {
    for (let c = 0; c < outputs; c++) {
      const pair = Math.floor(c / PANEL) * pairs + (tap >> 1);
      const at = pair * PANEL * 4 + (c % PANEL) * 4 + (tap % 2) * 2;
      view.setInt16(at, data[tap * outputs + c] as number, true);
    }
  }
  return address;
}
