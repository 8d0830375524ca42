import { packages, readJson, root } from './repo.mjs';
import * as path from 'node:path';

/** What each manifest says of where its package comes from, by the address in the manifest of the repository. */
function expectedLinks({ short }) {
  const { repository } = readJson(path.join(root, 'package.json'));
  const page = repository.url.replace(/^git\+/, '').replace(/\.git$/, '');
  return {
    repository: { ...repository, directory: `packages/${short}` },
    homepage: `${page}/tree/main/packages/${short}#readme`,
    bugs: `${page}/issues`,
  };
}

const REQUIRED = ['description', 'keywords', 'engines', 'sideEffects', 'exports', 'types', 'files'];

/**
 * What is wrong with the manifest of a package that is published, in words; undefined when nothing is.
 * @param manifest that in the repository, or the one that was published
 */
export function manifestProblems(each, manifest = each.manifest) {
  const expected = {
    license: 'Apache-2.0',
    ...expectedLinks(each),
    publishConfig: { access: 'public', provenance: true },
  };
  const wrong = Object.entries(expected)
    .filter(([field, value]) => JSON.stringify(manifest[field]) !== JSON.stringify(value))
    .map(
      ([field, value]) =>
        `${field}: expected ${JSON.stringify(value)}, got ${JSON.stringify(manifest[field])}`,
    );
  const missing = REQUIRED.filter((field) => manifest[field] === undefined).map(
    (field) => `${field}: expected a value, got none`,
  );
  const built = manifest.scripts?.prepack === 'node ../../scripts/prepack.mjs';
  const unbuilt = built ? [] : ['scripts.prepack: expected the build of scripts/prepack.mjs, got none'];
  const problems = [...wrong, ...missing, ...unbuilt, ...siblingProblems(manifest)];
  return problems.length === 0 ? undefined : problems.map((each_) => `${manifest.name}: ${each_}`).join('\n');
}

/** Packages of ours that one needs must be published, too, and in the version of this one. */
function siblingProblems(manifest) {
  const hidden = packages()
    .filter(({ isPrivate }) => isPrivate)
    .map(({ name }) => name);
  return Object.entries({ ...manifest.dependencies, ...manifest.peerDependencies })
    .filter(([name]) => name.startsWith('@tfjs-optimize/'))
    .filter(([name, range]) => hidden.includes(name) || range !== `^${manifest.version}`)
    .map(([name, range]) => `${name}: expected a published package in ^${manifest.version}, got ${range}`);
}
