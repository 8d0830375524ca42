import * as G from '../conv/geometry';
import { loadFirst, storeFirst } from '../simd';
import { firstInside } from './gradients';

/**
 * The largest number of each window of one image; NaN is none, and where a window sees nothing it is -Infinity, as on
 * TensorFlow.js' cpu backend.
 * @param image height × width × channels numbers; `to` outHeight × outWidth × channels.
 */
export function maxPool(to: usize, image: usize, g: usize): void {
  walk(to, image, g, true);
}

/** The mean of what each window sees of one image; NaN where it sees nothing. */
export function avgPool(to: usize, image: usize, g: usize): void {
  walk(to, image, g, false);
}

function walk(to: usize, image: usize, g: usize, largest: bool): void {
  const height = load<i32>(g, G.HEIGHT);
  const width = load<i32>(g, G.WIDTH);
  const channels = load<i32>(g, G.CHANNELS);
  const stepY = load<i32>(g, G.DILATION_HEIGHT);
  const stepX = load<i32>(g, G.DILATION_WIDTH);
  for (let outY = 0; outY < load<i32>(g, G.OUT_HEIGHT); outY++) {
    const top = outY * load<i32>(g, G.STRIDE_HEIGHT) - load<i32>(g, G.PAD_TOP);
    const firstY = firstInside(top, stepY);
    const endY = min(top + load<i32>(g, G.FILTER_HEIGHT) * stepY, height);
    for (let outX = 0; outX < load<i32>(g, G.OUT_WIDTH); outX++) {
      const left = outX * load<i32>(g, G.STRIDE_WIDTH) - load<i32>(g, G.PAD_LEFT);
      const firstX = firstInside(left, stepX);
      const endX = min(left + load<i32>(g, G.FILTER_WIDTH) * stepX, width);
      for (let c = 0; c < channels; c += 4) {
        const rest = min(4, channels - c);
        let result = f32x4.splat(largest ? -Infinity : 0);
        let seen: f32 = 0;
        for (let y = firstY; y < endY; y += stepY) {
          for (let x = firstX; x < endX; x += stepX) {
            const value = loadFirst(image + ((<usize>((y * width + x) * channels + c)) << 2), rest);
            // Neither NaN nor what is smaller takes the place.
            if (largest) result = v128.bitselect(value, result, f32x4.gt(value, result));
            else result = f32x4.add(result, value);
            seen += 1;
          }
        }
        if (!largest) result = f32x4.div(result, f32x4.splat(seen));
        storeFirst(to, result, result, rest);
        to += (<usize>rest) << 2;
      }
    }
  }
}
