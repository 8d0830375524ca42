import * as path from 'node:path';
import { publicPackages, readJson, root } from './repo.mjs';

/** Licences under which a package may be depended on: all let it be used and passed on with its notice kept. */
const ALLOWED = ['0BSD', 'Apache-2.0', 'BlueOak-1.0.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT'];

/** Where the lock file puts a package that another one asks for: the nearest node_modules, as Node.js looks for it. */
function resolve(locked, from, name) {
  let place = from;
  for (;;) {
    const candidate = `${place === '' ? '' : `${place}/`}node_modules/${name}`;
    if (locked[candidate] !== undefined) {
      return locked[candidate].link ? locked[candidate].resolved : candidate;
    }
    if (place === '') {
      return undefined;
    }
    place = place.includes('node_modules/') ? place.slice(0, place.lastIndexOf('node_modules/')) : '';
    place = place.replace(/\/$/, '');
  }
}

/** Names of the packages that an entry of the lock file needs to run; optional peers are not among them. */
function needed({
  dependencies = {},
  optionalDependencies = {},
  peerDependencies = {},
  peerDependenciesMeta = {},
}) {
  const peers = Object.keys(peerDependencies).filter((name) => !peerDependenciesMeta[name]?.optional);
  return [...Object.keys(dependencies), ...Object.keys(optionalDependencies), ...peers];
}

/** Every place of the lock file that is installed with one, itself first. */
function treeOf(locked, start) {
  const places = new Set([start]);
  for (const place of places) {
    for (const name of needed(locked[place])) {
      const found = resolve(locked, place, name);
      if (found === undefined && locked[place].optionalDependencies?.[name] === undefined) {
        throw new Error(`${place}: expected ${name} in package-lock.json, got nothing. Run npm install.`);
      }
      if (found !== undefined) {
        places.add(found);
      }
    }
  }
  return [...places];
}

/**
 * Packages of others that come with ours, as {name, version, licence, users}, sorted by name; `users` are the short
 * names of ours.
 */
export function dependencies() {
  const { packages: locked } = readJson(path.join(root, 'package-lock.json'));
  const found = new Map();
  for (const { short } of publicPackages()) {
    for (const place of treeOf(locked, `packages/${short}`).filter((each) => !each.startsWith('packages/'))) {
      const { version, license } = locked[place];
      const name = place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);
      const key = `${name} ${version}`;
      const { users = [] } = found.get(key) ?? {};
      found.set(key, { name, version, licence: license ?? 'none', users: [...new Set([...users, short])] });
    }
  }
  return [...found.keys()].sort().map((key) => found.get(key));
}

/** Dependencies under other licences than those that are allowed, in words. */
export function licenceProblems(all = dependencies()) {
  return all
    .filter(({ licence }) => !licence.split(' AND ').every((each) => ALLOWED.includes(each)))
    .map(
      ({ name, version, licence, users }) =>
        `${name} ${version} (for ${users.join(', ')}): expected one of ${ALLOWED.join(', ')}, got ${licence}`,
    );
}

const INTRODUCTION = `# Licences of dependencies

<!-- Made by \`npm run docs:licences\` from package-lock.json. Do not edit. -->

What is installed with the packages of this repository, which are all under the Apache License 2.0: their dependencies
and peers, and what these need in turn, in the versions of the lock file. Optional peers are not listed: who
installs one chooses it (tfjs-node, tfjs-node-gpu, webgpu, sharp). \`npm run lint\` fails where a licence is none of
${ALLOWED.slice(0, -1).join(', ')} and ${ALLOWED.at(-1)}.
`;

/** The page docs/licences.md, before prettier has formatted it. */
export function licencesPage() {
  const all = dependencies();
  const every = publicPackages().length;
  const tally = [...new Set(all.map(({ licence }) => licence))]
    .map((licence) => ({ licence, count: all.filter((each) => each.licence === licence).length }))
    .sort((a, b) => b.count - a.count)
    .map(({ licence, count }) => `| ${licence} | ${count} |`);
  const rows = all.map(({ name, version, licence, users }) => {
    const by = users.length === every ? 'all' : users.join(', ');
    return `| \`${name}\` | ${version} | ${licence} | ${by} |`;
  });
  return [
    INTRODUCTION,
    ...['| licence | packages |', '| --- | --- |', ...tally, ''],
    ...['| package | version | licence | comes with |', '| --- | --- | --- | --- |', ...rows],
  ].join('\n');
}
