// npm run publish:check: a release, rehearsed. In a copy of the repository that is thrown away lerna raises the version and
// publishes everything to a registry on this machine; then the command line is installed from there and run.
import { main, setUp } from './lib/set-up.mjs';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { audit } from './lib/audit.mjs';
import { copyOfRepo, git } from './lib/copy-of-repo.mjs';
import { Counts } from './lib/count.mjs';
import { inLane, inLanes } from './lib/lanes.mjs';
import { manifestProblems } from './lib/manifests.mjs';
import { contentProblems } from './lib/pack-contents.mjs';
import { publicPackages, readJson, root } from './lib/repo.mjs';
import { openRegistry } from './lib/registry.mjs';
import { node, run } from './lib/run.mjs';

const SCOPE = '@tfjs-optimize/';

async function lerna(copy, registry, ...args) {
  const cli = path.join(root, 'node_modules/lerna/dist/cli.js');
  const env = { CI: '1', NX_DAEMON: 'false', npm_config_registry: registry.url };
  const { code, output } = await node([cli, ...args], { cwd: copy, quiet: true, env });
  return code === 0 ? undefined : output;
}

/** What lerna did to the version of every package and of those of ours that it depends on. */
async function versionProblem(copy) {
  const { version } = readJson(path.join(copy, 'lerna.json'));
  const before = readJson(path.join(root, 'lerna.json')).version;
  const problems = [];
  if (version === before) {
    problems.push(`lerna.json: expected a version above ${before}, got ${version}`);
  }
  const { packages: locked } = readJson(path.join(copy, 'package-lock.json'));
  for (const each of publicPackages()) {
    const manifest = readJson(path.join(copy, 'packages', each.short, 'package.json'));
    const found = [manifest.version, locked[`packages/${each.short}`].version];
    if (found.some((one) => one !== version)) {
      problems.push(
        `${each.name}: expected ${version} in manifest and lock file, got ${found.join(' and ')}`,
      );
    }
    problems.push(manifestProblems(each, manifest) ?? []);
  }
  const tags = (await git(copy, 'tag', '--points-at', 'HEAD')).trim();
  if (tags !== `v${version}`) {
    problems.push(`expected the tag v${version}, got ${tags === '' ? 'none' : tags}`);
  }
  const words = problems.flat();
  return words.length === 0 ? undefined : words.join('\n');
}

/**
 * A statement of provenance is signed by the service that builds a release, so there is none here: this one field is
 * taken out of the copy, after it was checked.
 */
async function withoutProvenance(copy) {
  for (const { short } of publicPackages()) {
    const file = path.join(copy, 'packages', short, 'package.json');
    const manifest = readJson(file);
    delete manifest.publishConfig.provenance;
    fs.writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`);
  }
  await git(copy, 'commit', '--quiet', '--all', '--message=no provenance');
}

/** Every public package once, nothing else, and none before those that it depends on. */
function orderProblem(published) {
  const names = published.map(({ name }) => name);
  const wanted = publicPackages().map(({ name }) => name);
  const unlike = [...new Set([...wanted, ...names])]
    .map((name) => ({
      name,
      times: names.filter((each) => each === name).length,
      due: wanted.includes(name) ? 1 : 0,
    }))
    .filter(({ times, due }) => times !== due)
    .map(({ name, times, due }) => `${name}: expected ${due} times, got ${times}`);
  const early = published.flatMap(({ name, versions }, at) =>
    Object.keys(Object.values(versions)[0].dependencies ?? {})
      .filter((each) => each.startsWith(SCOPE) && !names.slice(0, at).includes(each))
      .map((each) => `${name}: expected after ${each}, got before it`),
  );
  const problems = [...unlike, ...early];
  return problems.length === 0 ? undefined : problems.join('\n');
}

/** The files of a published tarball, in the order of their names. */
async function filesOf(document, temp) {
  const [[name, { data }]] = Object.entries(document._attachments);
  const file = path.join(temp, name.replaceAll('/', '-'));
  fs.writeFileSync(file, Buffer.from(data, 'base64'));
  const { stdout } = await run('tar', ['-tzf', file], { quiet: true });
  return stdout
    .trim()
    .split('\n')
    .map((each) => each.replace(/^package\//, ''))
    .sort();
}

async function packageProblem(each, document, copy, temp) {
  if (document === undefined) {
    return 'expected it in the registry, got nothing';
  }
  const { version } = readJson(path.join(copy, 'lerna.json'));
  const manifest = document.versions[version] ?? { name: each.name };
  const restored = { ...manifest, publishConfig: { ...manifest.publishConfig, provenance: true } };
  const files = await filesOf(document, temp);
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts', '--loglevel=error'];
  const { stdout } = await run('npm', args, { cwd: path.join(copy, 'packages', each.short), quiet: true });
  const parsed = JSON.parse(stdout);
  const [packed] = Array.isArray(parsed) ? parsed : Object.values(parsed);
  const byNpm = packed.files.map((file) => file.path).sort();
  const unlike = [...new Set([...files, ...byNpm])].filter(
    (file) => files.includes(file) !== byNpm.includes(file),
  );
  const problems = [
    manifestProblems(each, normal(restored)),
    contentProblems({ ...each, manifest }, files),
    unlike.length === 0 ? undefined : `lerna and npm pack other files: ${unlike.join(', ')}`,
    document['dist-tags'].latest === version ? undefined : `expected latest to be ${version}`,
  ].filter((problem) => problem !== undefined);
  return problems.length === 0 ? undefined : problems.join('\n');
}

/** npm writes the address for bugs in its long form. */
function normal(manifest) {
  return { ...manifest, bugs: manifest.bugs?.url ?? manifest.bugs };
}

/** The command line with all that it needs, from the registry of the rehearsal. */
async function installProblem(registry, version, temp) {
  const folder = path.join(temp, 'user');
  fs.mkdirSync(folder);
  fs.writeFileSync(path.join(folder, '.npmrc'), `${SCOPE.slice(0, -1)}:registry=${registry.url}\n`);
  fs.writeFileSync(path.join(folder, 'package.json'), '{ "name": "user", "private": true }\n');
  const quietly = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
  const installed = await run('npm', ['install', ...quietly, `${SCOPE}cli@${version}`], {
    cwd: folder,
    quiet: true,
  });
  if (installed.code !== 0) {
    return installed.output;
  }
  const { stdout, output } = await run(
    'npm',
    ['exec', '--offline', '--no', '--', 'tfjs-optimize', '--version'],
    {
      cwd: folder,
      quiet: true,
    },
  );
  return stdout.trim() === version ? undefined : `expected tfjs-optimize ${version}, got ${output}`;
}

async function rehearse(registry, temp, counts) {
  const copy = path.join(temp, 'copy');
  await copyOfRepo(copy);
  const raised = await lerna(copy, registry, 'version', 'minor', '--yes', '--no-push');
  counts.check('lerna version raises all packages together', raised ?? (await versionProblem(copy)));
  await withoutProvenance(copy);
  const failed = await lerna(copy, registry, 'publish', 'from-package', '--yes', '--no-verify-access');
  counts.check('lerna publish builds and publishes', failed);
  counts.check('every public package once, after what it depends on', orderProblem(registry.published));
  const checking = ({ short }) => ({ title: `published ${short}`, seconds: 2 });
  await inLanes(publicPackages(), checking, async (each) => {
    const document = registry.published.find(({ name }) => name === each.name);
    counts.check(`${each.name}: as published`, await packageProblem(each, document, copy, temp));
  });
  const { version } = readJson(path.join(copy, 'lerna.json'));
  counts.check('the published command line installs and runs', await installProblem(registry, version, temp));
}

async function checkAdvisories(counts) {
  for (const args of [['--omit=dev'], []]) {
    const name = ['npm audit', ...args].join(' ');
    const { problem, unanswered } = await audit(args);
    if (unanswered === undefined) {
      counts.check(name, problem);
    } else {
      counts.skipped += 1;
      process.stdout.write(`skipped ${name}: the registry does not answer: ${unanswered}\n`);
    }
  }
}

await main(async () => {
  await setUp({ build: true });
  const counts = new Counts();
  const temp = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'tfjs-optimize-publish-'));
  const registry = await openRegistry();
  try {
    await checkAdvisories(counts);
    await inLane({ title: 'rehearsal', seconds: 60 }, () => rehearse(registry, temp, counts));
  } finally {
    registry.close();
    fs.rmSync(temp, { recursive: true, force: true });
  }
  return counts.finish('packages to publish');
});
