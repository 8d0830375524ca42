import * as fs from 'node:fs';
import * as path from 'node:path';
import { relative } from './repo.mjs';

const ORDER = ['When', 'Install', 'Use', 'API'];

/** What the README of a package lacks that the page of the package on npm must have, in words. */
export function readmeProblems({ name, folder, manifest }) {
  const file = path.join(folder, 'README.md');
  const text = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
  const { peerDependencies = {}, peerDependenciesMeta = {}, license } = manifest;
  const peers = Object.keys(peerDependencies).filter((each) => !peerDependenciesMeta[each]?.optional);
  const words = (text.match(/^npm install .*$/m)?.[0] ?? '').split(' ');
  const headings = [...text.matchAll(/^## (.*)$/gm)]
    .map(([, heading]) => heading)
    .filter((heading) => ORDER.includes(heading));
  const wrong = [
    text.startsWith(`# ${name}\n`) ? [] : [`expected the title ${name}`],
    headings.join() === ORDER.join()
      ? []
      : [`expected ${ORDER.join(', ')} in this order, got ${headings.join(', ')}`],
    [name, ...peers]
      .filter((each) => !words.includes(each))
      .map((each) => `expected ${each} in the line that installs, got ${words.join(' ')}`),
    text.trimEnd().endsWith(`Licence: [${license}](LICENSE).`) ? [] : ['expected its licence at the end'],
  ];
  return wrong.flat().map((problem) => `${relative(file)}: ${problem}`);
}
