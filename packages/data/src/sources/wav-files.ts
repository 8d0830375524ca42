import { checkOptions, optionKinds } from '@tfjs-optimize/core/plain';
import type { Dataset } from '../dataset.js';
import type { Sample } from '../sample.js';
import { readBytes } from './bytes.js';
import { classFolder } from './class-folder.js';
import { datasetOf, fileList, labelKinds, type LabelOptions } from './folder.js';
import type { WavSource } from './source.js';
import { readWav } from './wav.js';

/** How sound is read. */
export interface WavOptions {
  /** Samples of each: longer ones are cut at their end, shorter ones end with zeros. As long as they are unless told. */
  readonly length?: number;
}

/**
 * Sound in a folder with one folder for each class: samples `{ audio, label, rate }`, the mean of all channels from -1 to
 * 1, the number of its class, and how many samples a second has. Links and folders inside are followed; files that do not
 * end with .wav are left out, and what begins with a dot.
 * @throws `io/not-found`, `io/permission`, `data/folder`, `argument/invalid`, `data/browser`; while reading `data/wav`.
 */
export async function wavFolder(folder: string | URL, options: WavOptions = {}): Promise<Dataset> {
  checkOptions<WavOptions>(options, { length: optionKinds.whole });
  return openWav({ kind: 'wav', ...(await classFolder(folder, ['.wav'])), ...options });
}

/**
 * Sound by the paths of its files, as {@link wavFolder}, with the labels that are given.
 * @param paths of files, or URLs, as of `files`.
 * @throws as {@link wavFolder} does; while reading `io/network`.
 */
export function wavFiles(paths: readonly (string | URL)[], options: WavOptions & LabelOptions = {}): Dataset {
  checkOptions<WavOptions & LabelOptions>(options, { length: optionKinds.whole, ...labelKinds });
  const { length } = options;
  return openWav({ kind: 'wav', ...fileList(paths, options), ...(length !== undefined && { length }) });
}

export function openWav(source: WavSource): Dataset {
  const { length } = source;
  const read = async (path: string): Promise<Sample> => {
    const { samples, rate } = readWav(await readBytes(path), path);
    return { audio: length === undefined ? samples : cut(samples, length), rate };
  };
  return datasetOf(source, read, { rate: 'int32' });
}

function cut(samples: Float32Array, length: number): Float32Array {
  const made = new Float32Array(length);
  made.set(samples.subarray(0, length));
  return made;
}
