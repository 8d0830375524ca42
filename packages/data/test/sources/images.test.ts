import { imageFiles, imageFolder, loader, type Field, type ImageOptions } from '@tfjs-optimize/data';
import { expectCode, needShared, tempFolder } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import * as fs from 'node:fs';
import * as path from 'node:path';
import * as zlib from 'node:zlib';
import sharp from 'sharp';
import { findSharp } from '../../src/sources/sharp.js';
import { all, valuesOf } from '../support/samples.js';

const folder = tempFolder('images');
const at = (name: string): string => path.join(folder, name);

/** Writes an image whose pixels are a function of their place. */
async function write(
  name: string,
  [width, height, channels]: readonly [number, number, 1 | 3 | 4],
  pixel: (x: number, y: number, c: number) => number,
  orientation?: number,
): Promise<string> {
  const values = Uint8Array.from({ length: width * height * channels }, (_, i) =>
    pixel(Math.floor(i / channels) % width, Math.floor(i / channels / width), i % channels),
  );
  const image = sharp(values, { raw: { width, height, channels } }).png();
  await (orientation === undefined ? image : image.withMetadata({ orientation })).toFile(at(name));
  return at(name);
}

async function imageOf(file: string, options: ImageOptions): Promise<Field> {
  return (await (await imageFiles([file], options)).get(0))['image'] as Field;
}

describe('images', () => {
  const colours = [10, 20, 30] as const;

  it('gives bytes, or floats by each normalization', async () => {
    const file = await write('flat.png', [6, 4, 3], (_x, _y, c) => colours[c] as number);
    const bytes = await imageOf(file, { size: 2, normalize: 'bytes' });
    expect(bytes).to.deep.equal({
      values: Uint8Array.from([...colours, ...colours, ...colours, ...colours]),
      shape: [2, 2, 3],
    });
    const mean = [0.485, 0.456, 0.406];
    const deviation = [0.229, 0.224, 0.225];
    for (const [normalize, expected] of [
      ['0..1', colours.map((value) => value / 255)],
      ['-1..1', colours.map((value) => value / 127.5 - 1)],
      ['imagenet', colours.map((value, c) => (value / 255 - (mean[c] as number)) / (deviation[c] as number))],
    ] as const) {
      const { values } = await imageOf(file, { size: 1, normalize });
      // One rounding of the result to float32.
      expected.forEach((value, c) => expect(values[c]).to.be.closeTo(value, Math.abs(value) * 2 ** -23));
    }
  });

  it('crops the centre of what just covers, or of what was resized to more', async () => {
    // Three stripes: what is cropped tells which of them are left.
    const file = await write('stripes.png', [12, 4, 3], (x) => (x < 4 ? 0 : x < 8 ? 100 : 200));
    const covered = await imageOf(file, { size: 4, normalize: 'bytes' });
    expect([...new Set(covered.values)]).to.deep.equal([100]);
    const stretched = await imageOf(file, {
      size: [1, 3],
      resize: 'stretch',
      normalize: 'bytes',
      channels: 1,
    });
    expect(stretched.shape).to.deep.equal([1, 3, 1]);
    [0, 100, 200].forEach((value, i) => expect(stretched.values[i]).to.be.closeTo(value, 20));
    const wide = await imageOf(file, { size: [4, 8], resize: 8, normalize: 'bytes' });
    expect(wide.shape).to.deep.equal([4, 8, 3]);
    expect(wide.values[4 * 3]).to.equal(100);
    const error = await expectCode('argument/invalid', () => imageFiles([file], { size: 8, resize: 4 }));
    expect(error.message).to.match(/^resize: expected at least the 8 pixels/);
  });

  it('turns images as the camera was held, also where they are resized', async () => {
    // Orientation 6: to be turned clockwise, so that what is on the left comes to the top.
    const file = await write('turned.png', [8, 4, 3], (x) => (x < 4 ? 0 : 200), 6);
    for (const resize of [{}, { resize: 4 }]) {
      const { values, shape } = await imageOf(file, {
        size: [4, 2],
        normalize: 'bytes',
        channels: 1,
        ...resize,
      });
      expect(shape).to.deep.equal([4, 2, 1]);
      expect(values[0]).to.be.below(20);
      expect(values[7]).to.be.above(180);
    }
  });

  it('reads grey images as colours, colours as grey, and leaves out alpha', async () => {
    const grey = await write('grey.png', [2, 2, 1], () => 7);
    expect([...(await imageOf(grey, { size: 1, normalize: 'bytes' })).values]).to.deep.equal([7, 7, 7]);
    const alpha = await write('alpha.png', [2, 2, 4], (_x, _y, c) => (c === 3 ? 255 : 9));
    expect([...(await imageOf(alpha, { size: 1, normalize: 'bytes' })).values]).to.deep.equal([9, 9, 9]);
    expect((await imageOf(alpha, { size: 1, normalize: 'bytes', channels: 1 })).values).to.have.length(1);
  });

  it('names the file that is corrupt, truncated, missing or no image, and its sample', async () => {
    const good = await write('good.png', [64, 64, 3], (x, y) => (x * y * 7) % 256);
    const jpeg = await sharp(good).jpeg().toBuffer();
    const bytes = fs.readFileSync(good);
    const damaged = Buffer.from(jpeg).fill(0, jpeg.length / 2, jpeg.length / 2 + 64);
    for (const [name, content] of [
      ['short.jpg', jpeg.subarray(0, jpeg.length / 2)],
      ['short.png', bytes.subarray(0, bytes.length / 2)],
      ['damaged.jpg', damaged],
      ['text.png', Buffer.from('no image')],
      ['empty.png', Buffer.alloc(0)],
    ] as const) {
      fs.writeFileSync(at(name), content);
      const load = loader(await imageFiles([good, at(name)], { size: 8 }));
      const error = await expectCode('data/image', () => all(load));
      expect(error.message).to.match(new RegExp(`^sample 1: .*${name}: expected an image`));
      expect(error).to.have.property('index', 1);
    }
    await expectCode('io/not-found', async () => (await imageFiles([at('none.png')])).get(0));
  });

  it('says what to install where sharp is not', async () => {
    const missing = { found: false, missing: true, cause: undefined } as const;
    const error = await expectCode('data/peer', () => findSharp(async () => missing));
    expect(error.message).to.equal('images: expected the package sharp, got none. Run npm install sharp.');
    const broken = { found: false, missing: false, cause: new Error('wrong libc') } as const;
    expect((await expectCode('data/peer', () => findSharp(async () => broken))).message).to.match(
      /wrong libc/,
    );
  });

  it('labels images by the folder they are in, in workers as without', async () => {
    for (const name of ['classes/b', 'classes/a']) {
      fs.mkdirSync(at(name), { recursive: true });
      await write(`${name}/1.png`, [2, 2, 3], () => (name.endsWith('b') ? 255 : 0));
    }
    const data = await imageFolder(at('classes'), { size: 1, channels: 1 });
    expect(data.classes).to.deep.equal(['a', 'b']);
    for (const workers of [0, 1]) {
      const batches = await all(loader(data, { workers, keepWorkersMs: 0 }));
      expect(valuesOf(batches, 'image')).to.deep.equal([[0, 1]]);
      expect(valuesOf(batches, 'label')).to.deep.equal([[0, 1]]);
    }
    await expectCode('data/folder', () => imageFolder(at('classes/a')));
    await expectCode('argument/invalid', () => imageFolder(at('classes'), { size: 0 }));
  });

  it('makes photos smaller and crops them as Pillow does (mean |difference| of bytes: median below 0.5)', async function () {
    const shared = needShared(this, 'data', 'imagenet-sample-150');
    const rows = fs
      .readFileSync(path.join(shared, 'images_224_u8_100.csv'), 'utf8')
      .trim()
      .split('\n')
      .slice(1, 9);
    const names = rows.map((row) => path.join(shared, 'images', row.split(',')[1] as string));
    const pillow = zlib.gunzipSync(fs.readFileSync(path.join(shared, 'images_224_u8_100.bin.gz')));
    const data = await imageFiles(names, { resize: 256, normalize: 'bytes' });
    const differences: number[] = [];
    for (let i = 0; i < data.length; i++) {
      const { values, shape } = (await data.get(i))['image'] as Field;
      expect(shape).to.deep.equal([224, 224, 3]);
      let sum = 0;
      values.forEach((value, at) => (sum += Math.abs(value - (pillow[i * values.length + at] as number))));
      differences.push(sum / values.length);
    }
    // They decode JPEG a little differently, and round at other places. A crop that is off by one pixel differs by 4 and more.
    const middle = differences.sort((a, b) => a - b)[differences.length / 2];
    expect(middle, differences.join(', ')).to.be.below(0.5);
  });
});
