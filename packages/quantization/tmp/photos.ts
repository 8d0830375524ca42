import * as fs from 'node:fs';
import * as path from 'node:path';
import { decode } from 'jpeg-js';
import { gunzipSync } from 'node:zlib';
const DIR = '/work/shared/data/imagenet-sample-150';
/** triangle filter with antialias, as PIL */
function weights(from: number, to: number) {
  const scale = from / to, fs_ = Math.max(scale, 1);
  return Array.from({ length: to }, (_, i) => {
    const c = (i + 0.5) * scale; const lo = Math.max(0, Math.trunc(c - fs_ + 0.5)), hi = Math.min(from, Math.trunc(c + fs_ + 0.5));
    const w: number[] = []; let sum = 0;
    for (let x = lo; x < hi; x++) { const v = Math.max(0, 1 - Math.abs((x - c + 0.5) / fs_)); w.push(v); sum += v; }
    return { lo, w: w.map(v => v / sum) };
  });
}
export function photo(file: string): Uint8Array {
  const { width, height, data } = decode(fs.readFileSync(file), { useTArray: true, formatAsRGBA: false, maxMemoryUsageInMB: 2000 });
  const s = 256 / Math.min(width, height);
  const W = Math.round(width * s), H = Math.round(height * s);
  const wx = weights(width, W), wy = weights(height, H);
  const left = Math.floor((W - 224) / 2), top = Math.floor((H - 224) / 2);
  const mid = new Uint8Array(height * 224 * 3);
  for (let y = 0; y < height; y++) for (let x = 0; x < 224; x++) { const { lo, w } = wx[x + left]!; for (let c = 0; c < 3; c++) { let v = 0; for (let k = 0; k < w.length; k++) v += w[k]! * data[(y * width + lo + k) * 3 + c]!; mid[(y * 224 + x) * 3 + c] = Math.round(v); } }
  const out = new Uint8Array(224 * 224 * 3);
  for (let y = 0; y < 224; y++) { const { lo, w } = wy[y + top]!; for (let x = 0; x < 224 * 3; x++) { let v = 0; for (let k = 0; k < w.length; k++) v += w[k]! * mid[(lo + k) * 672 + x]!; out[y * 672 + x] = Math.round(v); } }
  return out;
}
export function photos(): { pixels: Uint8Array; labels: number[]; files: string[] } {
  const rows = fs.readFileSync(path.join(DIR, 'labels.csv'), 'utf8').trim().split('\n').slice(1).map(r => r.split(','));
  const cache = '/tmp/qs/photos.bin'; const N = 150528;
  if (!fs.existsSync(cache)) { const all = new Uint8Array(150 * N); rows.forEach((r, i) => all.set(photo(path.join(DIR, 'images', r[0]!)), i * N)); fs.writeFileSync(cache, all); }
  return { pixels: new Uint8Array(fs.readFileSync(cache)), labels: rows.map(r => Number(r[2])), files: rows.map(r => r[0]!) };
}
if (require.main === module) {
  const t = Date.now(); const p = photos(); console.log('decode', Date.now() - t, 'ms');
  const ref = gunzipSync(fs.readFileSync(path.join(DIR, 'images_224_u8_100.bin.gz')));
  const names = fs.readFileSync(path.join(DIR, 'images_224_u8_100.csv'), 'utf8').trim().split('\n').slice(1).map(r => r.split(',')[1]!);
  let max = 0, sum = 0, big = 0; names.forEach((n, i) => { const at = p.files.indexOf(n); for (let k = 0; k < 150528; k++) { const d = Math.abs(ref[i * 150528 + k]! - p.pixels[at * 150528 + k]!); max = Math.max(max, d); sum += d; if (d > 8) big++; } });
  console.log('diff to given: max', max, 'mean', sum / names.length / 150528, 'over 8:', big);
}
