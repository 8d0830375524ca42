import { checkOptions, optionKinds, type OptionKinds } from '@tfjs-optimize/core';
import type { NetOptions } from './net.js';

const KINDS: OptionKinds<NetOptions> = { classes: optionKinds.whole, channels: optionKinds.whole };

const WIDTH = optionKinds.number('a number above 0', (value) => value > 0 && Number.isFinite(value));

/** Options of mobile networks. */
export interface MobilenetOptions extends NetOptions {
  /** Width multiplier α of the papers: all layers have that many times the channels; 1 unless told. */
  readonly width?: number;
}

/** Options with what is meant where nothing is told. */
export function checkNetOptions(
  options: NetOptions,
  { classes = 1000, channels = 3 } = {},
): Required<NetOptions> {
  checkOptions(options, KINDS);
  return { classes: options.classes ?? classes, channels: options.channels ?? channels };
}

/** The same of mobile networks. */
export function checkMobilenetOptions(options: MobilenetOptions): Required<MobilenetOptions> {
  checkOptions<MobilenetOptions>(options, { ...KINDS, width: WIDTH });
  return { classes: options.classes ?? 1000, channels: options.channels ?? 3, width: options.width ?? 1 };
}
