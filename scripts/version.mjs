// Runs within `lerna version`, when it has raised the versions and before it commits them: writes the new one where lerna does
// not look, which is peers among the packages and the constant that the command line prints.
import { main } from './lib/set-up.mjs';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { packages, readJson, root } from './lib/repo.mjs';
import { run } from './lib/run.mjs';

const CONSTANT = 'packages/cli/src/version.ts';

/** Writes a file where its text changes; its place below the root, if it did. */
function rewrite(file, change) {
  const place = path.join(root, file);
  const text = fs.readFileSync(place, 'utf8');
  const changed = change(text);
  if (changed === text) {
    return [];
  }
  fs.writeFileSync(place, changed);
  return [file];
}

function raisePeers(text, names, version) {
  const manifest = JSON.parse(text);
  for (const name of names.filter((each) => manifest.peerDependencies?.[each] !== undefined)) {
    manifest.peerDependencies[name] = `^${version}`;
  }
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

await main(async () => {
  const { version } = readJson(path.join(root, 'lerna.json'));
  const all = packages();
  const names = all.map(({ name }) => name);
  const changed = [
    ...all.flatMap(({ short }) =>
      rewrite(`packages/${short}/package.json`, (text) => raisePeers(text, names, version)),
    ),
    ...rewrite(CONSTANT, (text) => text.replace(/'[^']*'/, `'${version}'`)),
  ];
  const { code } =
    changed.length === 0 ? { code: 0 } : await run('git', ['add', '--', ...changed], { cwd: root });
  return code;
});
