// node scripts/install-tfjs-node.mjs [FOLDER]
// Installs @tensorflow/tfjs-node in a project (this one unless told) where its own install step reaches no storage bucket:
// TensorFlow's library comes from Python's package index, by pip, and the binding is compiled. Needs Linux on x64, g++ and
// Python 3 with pip. What is fetched stays in the user's cache folder (TFJS_OPTIMIZE_CACHE names another). `npm ci`
// removes it again.
import { main } from './lib/set-up.mjs';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { root } from './lib/repo.mjs';
import { buildTfjsNode, VERSIONS } from './lib/tfjs-node/build.mjs';

await main(async ([folder = root]) => {
  const project = path.resolve(folder);
  if (!fs.existsSync(path.join(project, 'package.json')))
    throw new Error(
      `install-tfjs-node: expected a folder with a package.json, got ${folder}. Run npm init there.`,
    );
  const tensorflow = await buildTfjsNode(project);
  process.stdout.write(`@tensorflow/tfjs-node ${VERSIONS.tfjsNode} runs on TensorFlow ${tensorflow}\n`);
  return 0;
});
