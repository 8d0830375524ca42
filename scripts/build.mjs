// npm run build: every published package as CommonJS (dist/cjs) and as ES modules (dist/esm), with types.
import * as fs from 'node:fs';
import * as path from 'node:path';
import { publicPackages, root, walk } from './lib/repo.mjs';
import { node } from './lib/run.mjs';
import { generate } from './lib/set-up.mjs';

const tsc = path.join(root, 'node_modules/typescript/bin/tsc');

const OUTPUT = /\.(m?js|d\.m?ts)(\.map)?$/;

/** Removes outputs whose source is gone, so that they are neither imported nor packed. */
function prune(folder) {
  for (const format of ['cjs', 'esm']) {
    const base = path.join(folder, 'dist', format);
    for (const file of walk(base, (each) => OUTPUT.test(each))) {
      const stem = path.relative(base, file).replace(OUTPUT, '');
      const sources = ['.ts', '.mts'].map((end) => path.join(folder, 'src', `${stem}${end}`));
      if (!sources.some((each) => fs.existsSync(each))) {
        fs.rmSync(file);
      }
    }
  }
}

async function compile(config) {
  const projects = publicPackages().map(({ folder }) => path.join(folder, config));
  const { code } = await node([tsc, '-b', ...projects], { cwd: root });
  if (code !== 0) {
    process.exit(code);
  }
}

await generate();
for (const { folder } of publicPackages()) {
  prune(folder);
}
await compile('tsconfig.json');
await compile('tsconfig.esm.json');
for (const { folder, manifest } of publicPackages()) {
  fs.writeFileSync(path.join(folder, 'dist/esm/package.json'), '{ "type": "module" }\n');
  for (const command of Object.values(manifest.bin ?? {})) {
    if (fs.existsSync(path.join(folder, command))) {
      fs.chmodSync(path.join(folder, command), 0o755);
    }
  }
}
