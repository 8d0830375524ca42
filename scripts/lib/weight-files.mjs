import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { root } from './repo.mjs';

/** The page that tells of every one of these files where it comes from. */
export const PAGE = 'docs/provenance.md';

const WEIGHTS =
  /\.(bin|npy|npz|h5|hdf5|keras|pb|pbtxt|tflite|onnx|pt|pth|ckpt|safetensors|wasm|index|data-\d+-of-\d+)$/;

/** Text has no byte of zero; whoever stores numbers has many. Long lines of base64 are numbers as well. */
function holdsNumbers(file) {
  const bytes = fs.readFileSync(path.join(root, file));
  return WEIGHTS.test(file) || bytes.includes(0) || /[A-Za-z0-9+/]{1000}/.test(bytes.toString('latin1'));
}

/**
 * Files that hold weights or other data that nobody wrote by hand, against the page of their provenance: what is not
 * listed, what is listed and gone, and what is no longer what was listed, in words.
 */
export function provenanceProblems(files) {
  const found = files.filter((file) => file !== 'package-lock.json' && holdsNumbers(file));
  const page = path.join(root, PAGE);
  const text = fs.existsSync(page) ? fs.readFileSync(page, 'utf8') : '';
  const rows = [...text.matchAll(/^\| `([^`]+)` +\| `([0-9a-f]{64})` +\|/gm)];
  const listed = new Map(rows.map(([, file, digest]) => [file, digest]));
  const digestOf = (file) =>
    crypto
      .createHash('sha256')
      .update(fs.readFileSync(path.join(root, file)))
      .digest('hex');
  const unlisted = found
    .filter((file) => !listed.has(file))
    .map((file) => `${file}: expected a row in ${PAGE} with SHA-256 ${digestOf(file)}, got none`);
  const gone = [...listed.keys()]
    .filter((file) => !files.includes(file))
    .map((file) => `${file}: listed in ${PAGE}, expected the file, got none`);
  const changed = found
    .filter((file) => listed.has(file) && listed.get(file) !== digestOf(file))
    .map(
      (file) =>
        `${file}: expected the SHA-256 that ${PAGE} gives, ${listed.get(file)}, got ${digestOf(file)}`,
    );
  return [...unlisted, ...gone, ...changed];
}
