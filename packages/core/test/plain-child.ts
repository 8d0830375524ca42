/* Tells what is loaded with what of core needs no TensorFlow.js. */
import { fail } from '@tfjs-optimize/core/plain';

const loaded = Object.keys(require.cache as object).filter((file) => file.includes('tensorflow'));
process.stdout.write(`fail is a ${typeof fail}, ${loaded.length} files of TensorFlow.js\n`);
