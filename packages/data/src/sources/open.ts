import type { Dataset } from '../dataset.js';
import { openArrays } from './arrays.js';
import { openFiles } from './files.js';
import { openImages } from './images.js';
import { openJsonLines } from './json-lines.js';
import { openModule } from './module.js';
import type { Source } from './source.js';
import { subset } from './subset.js';
import { openWav } from './wav-files.js';

/** The data set that a source tells of, in whichever thread. */
export async function openSource(source: Source): Promise<Dataset> {
  switch (source.kind) {
    case 'arrays':
      return openArrays(source);
    case 'files':
      return openFiles(source);
    case 'images':
      return openImages(source);
    case 'json-lines':
      return openJsonLines(source);
    case 'module':
      return openModule(source);
    case 'subset':
      return subset(await openSource(source.of), source.indices);
    case 'wav':
      return openWav(source);
  }
}
