import { optionKinds } from '@tfjs-optimize/core/plain';

/** Colours with 3, shades of grey with 1. */
export type Channels = 1 | 3;

/**
 * What pixels from 0 to 255 become: bytes as they are, floats from 0 to 1 or from -1 to 1, or what models trained on
 * ImageNet by torchvision take: (x / 255 - mean) / deviation for each channel.
 */
export type Normalization = 'bytes' | '0..1' | '-1..1' | 'imagenet';

/** How images are decoded. */
export interface ImageOptions {
  /** Height and width of what comes out, one number where they are equal; 224 unless told. */
  readonly size?: number | readonly [height: number, width: number];
  /**
   * Length in pixels that the shorter side is resized to before the centre is cropped, in proportion; what just covers
   * `size` unless told. `'stretch'` resizes both sides to `size`, whatever the proportions.
   */
  readonly resize?: number | 'stretch';
  /** 3 unless told. */
  readonly channels?: Channels;
  /** `'0..1'` unless told. */
  readonly normalize?: Normalization;
}

const isSize = (value: unknown): boolean => Number.isInteger(value) && (value as number) >= 1;

export const imageOptionKinds = {
  size: {
    expected: 'a number of pixels, or [height, width]',
    fits: (value: unknown) =>
      isSize(value) || (Array.isArray(value) && value.length === 2 && value.every(isSize)),
  },
  resize: optionKinds.either(optionKinds.whole, optionKinds.oneOf('stretch')),
  channels: { expected: '1 or 3', fits: (value: unknown) => value === 1 || value === 3 },
  normalize: optionKinds.oneOf('bytes', '0..1', '-1..1', 'imagenet'),
} as const;
