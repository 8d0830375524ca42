import { checkOptions } from '@tfjs-optimize/core/plain';
import type { Dataset } from '../dataset.js';
import { readBytes } from './bytes.js';
import { datasetOf, fileList, labelKinds, type LabelOptions } from './folder.js';
import type { FilesSource } from './source.js';

/**
 * Files as they are, to be decoded by a transform of yours: samples `{ bytes, path }` and, where there are labels,
 * `label`.
 * @param paths of files, or URLs (`https:`, `blob:`, `data:`), which are fetched; in a browser all are URLs.
 * @throws `argument/invalid`, `data/shape`; while reading `io/not-found`, `io/permission`, `io/network`.
 */
export function files(paths: readonly (string | URL)[], options: LabelOptions = {}): Dataset {
  checkOptions(options, labelKinds);
  return openFiles({ kind: 'files', ...fileList(paths, options) });
}

export function openFiles(source: FilesSource): Dataset {
  return datasetOf(source, async (path) => ({ bytes: new Uint8Array(await readBytes(path)), path }));
}
