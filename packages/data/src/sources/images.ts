import { checkOptions, fail } from '@tfjs-optimize/core/plain';
import type Sharp from 'sharp';
import type { Dataset } from '../dataset.js';
import type { Field, Numbers } from '../sample.js';
import { readBytes } from './bytes.js';
import { classFolder } from './class-folder.js';
import { datasetOf, fileList, labelKinds, type LabelOptions } from './folder.js';
import { imageOptionKinds, type Channels, type ImageOptions, type Normalization } from './image-options.js';
import { loadSharp } from './sharp.js';
import type { ImagesSource } from './source.js';

const ENDINGS = ['.jpg', '.jpeg', '.png', '.webp', '.gif', '.avif', '.tif', '.tiff'];

/**
 * Images in a folder with one folder for each class, by sharp: samples `{ image, label }` with an image of shape
 * [height, width, channels] and the number of its class in the order of their names. Links and folders inside are followed;
 * files with other endings than .jpg, .jpeg, .png, .webp, .gif, .avif, .tif and .tiff are left out, among them .bmp, which
 * sharp does not read, and what begins with a dot.
 *
 * @throws `io/not-found`, `io/permission`, `data/folder`, `data/peer` without sharp, `data/browser`, `argument/invalid`; while reading
 *   `data/image` for what is corrupt or truncated.
 */
export async function imageFolder(folder: string | URL, options: ImageOptions = {}): Promise<Dataset> {
  checkOptions(options, imageOptionKinds);
  await loadSharp();
  return openImages(sourceOf(await classFolder(folder, ENDINGS), options));
}

/**
 * Images by their paths: samples `{ image }` and, where there are labels, `label`.
 * @throws as {@link imageFolder} does.
 */
export async function imageFiles(
  paths: readonly (string | URL)[],
  options: ImageOptions & LabelOptions = {},
): Promise<Dataset> {
  checkOptions<ImageOptions & LabelOptions>(options, { ...imageOptionKinds, ...labelKinds });
  await loadSharp();
  return openImages(sourceOf(fileList(paths, options), options));
}

function sourceOf(
  list: ReturnType<typeof fileList>,
  { size = 224, resize, channels = 3, normalize = '0..1' }: ImageOptions,
): ImagesSource {
  const sides = typeof size === 'number' ? ([size, size] as const) : size;
  if (typeof resize === 'number' && resize < Math.max(...sides)) {
    fail('argument/invalid', {
      subject: 'resize',
      expected: `at least the ${Math.max(...sides)} pixels of size`,
      got: String(resize),
    });
  }
  return { kind: 'images', ...list, size: sides, resize: resize ?? 0, channels, normalize };
}

export function openImages(source: ImagesSource): Dataset {
  return datasetOf(source, async (path) => ({ image: await decode(path, source) }));
}

async function decode(path: string, { size, resize, channels, normalize }: ImagesSource): Promise<Field> {
  const sharp = await loadSharp();
  const bytes = await readBytes(path);
  const [height, width] = size;
  try {
    // Bad codes inside a JPEG are no more than warnings to libvips, which goes on without them.
    const image = sharp(bytes, { failOn: 'warning' }).rotate(); // as the camera was held
    // Resized as torchvision and Pillow do it: linearly, over all pixels that fall into one.
    if (resize === 'stretch' || resize === 0) {
      image.resize(width, height, { fit: resize === 'stretch' ? 'fill' : 'cover', kernel: 'linear' });
    } else {
      const [wide, high] = resizedTo(resize, await sharp(bytes).metadata());
      const corner = { left: Math.floor((wide - width) / 2), top: Math.floor((high - height) / 2) };
      image.resize(wide, high, { fit: 'fill', kernel: 'linear' }).extract({ ...corner, width, height });
    }
    const { data, info } = await image
      .removeAlpha()
      .toColourspace(channels === 1 ? 'b-w' : 'srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    const pixels = info.channels === channels ? data : spread(data, info.channels, channels);
    return { values: normalized(pixels, normalize, channels), shape: [height, width, channels] };
  } catch (cause) {
    return fail('data/image', {
      subject: path,
      expected: 'an image that can be decoded',
      got: `${bytes.length} bytes of which sharp says: ${cause instanceof Error ? cause.message : String(cause)}`,
      cause,
    });
  }
}

/** Sizes of an image whose shorter side is to be so long. */
function resizedTo(
  shorter: number,
  { width, height, orientation }: Sharp.Metadata,
): readonly [number, number] {
  const scale = shorter / Math.min(width, height);
  const sizes = [Math.round(width * scale), Math.round(height * scale)] as const;
  return (orientation ?? 1) < 5 ? sizes : [sizes[1], sizes[0]]; // those from 5 on lie on their side
}

/** Grey as colours, where sharp gives fewer channels than were asked for, or more. */
function spread(pixels: Uint8Array, from: number, to: number): Uint8Array {
  const made = new Uint8Array((pixels.length / from) * to);
  for (let i = 0; i < made.length; i++) {
    made[i] = pixels[Math.floor(i / to) * from + Math.min(i % to, from - 1)] as number;
  }
  return made;
}

/** Mean and deviation of ImageNet's training images, for red, green and blue, as torchvision has them. */
const IMAGENET = { mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225] } as const;

/** For each channel what pixels are multiplied by, and what is added then. */
function affineOf(normalize: Normalization, channel: number): readonly [factor: number, offset: number] {
  switch (normalize) {
    case 'bytes':
      return [1, 0];
    case '0..1':
      return [1 / 255, 0];
    case '-1..1':
      return [2 / 255, -1];
    case 'imagenet': {
      const [mean, deviation] = [IMAGENET.mean[channel] as number, IMAGENET.deviation[channel] as number];
      return [1 / 255 / deviation, -mean / deviation];
    }
  }
}

/** Pixels as a model takes them; grey ones by ImageNet's red. */
export function normalized(pixels: Uint8Array, normalize: Normalization, channels: Channels): Numbers {
  if (normalize === 'bytes') return new Uint8Array(pixels);
  const floats = new Float32Array(pixels.length);
  for (let channel = 0; channel < channels; channel++) {
    const [factor, offset] = affineOf(normalize, channel);
    for (let i = channel; i < pixels.length; i += channels)
      floats[i] = (pixels[i] as number) * factor + offset;
  }
  return floats;
}
