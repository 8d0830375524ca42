import './node-version.mjs';
import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { packages, publicPackages, readJson, root, walk } from './repo.mjs';
import { node, run, seconds } from './run.mjs';

const stamps = path.join(root, 'node_modules', '.cache', 'tfjs-optimize');

/** A stamp says from what something was made. Removed together with node_modules. */
function hasStamp(name, hash) {
  const file = path.join(stamps, `${name}.json`);
  return fs.existsSync(file) && readJson(file).hash === hash;
}

function putStamp(name, hash) {
  fs.mkdirSync(stamps, { recursive: true });
  fs.writeFileSync(path.join(stamps, `${name}.json`), JSON.stringify({ hash }));
}

/** Progress goes to stderr: stdout belongs to what a command is asked for (`bench --json`). */
function say(line) {
  process.stderr.write(`[setup] ${line}\n`);
}

/** What node_modules lacks of the lock file, in words; undefined when it holds all of it. */
function missingFromInstall() {
  const hidden = path.join(root, 'node_modules', '.package-lock.json');
  if (!fs.existsSync(hidden)) {
    return 'nothing is installed yet';
  }
  const wanted = readJson(path.join(root, 'package-lock.json')).packages;
  const found = readJson(hidden).packages;
  for (const [place, { version, optional, link }] of Object.entries(wanted)) {
    const isOurs = !place.startsWith('node_modules/');
    if (isOurs || (optional && found[place] === undefined)) {
      continue;
    }
    const there = link ? fs.existsSync(path.join(root, place)) : found[place]?.version === version;
    if (!there) {
      return `${place.slice('node_modules/'.length)} of the lock file is not installed`;
    }
  }
  return undefined;
}

async function install() {
  const hash = crypto
    .createHash('sha256')
    .update(fs.readFileSync(path.join(root, 'package-lock.json')))
    .digest('hex');
  const reason = hasStamp('install', hash) ? undefined : missingFromInstall();
  if (reason === undefined) {
    return;
  }
  say(`${reason}: installing from package-lock.json (a minute or two, once)`);
  const started = performance.now();
  const quietly = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline'];
  const { code } = await run('npm', ['ci', ...quietly], { cwd: root });
  if (code !== 0) {
    throw new Error(`npm ci: expected to succeed, got exit status ${code}. Check the network and try again.`);
  }
  putStamp('install', hash);
  say(`installed in ${seconds(started)}`);
}

/** One hash of files and their names. */
function hashOf(files) {
  const hash = crypto.createHash('sha256');
  for (const file of files) {
    hash.update(path.relative(root, file)).update('\0').update(fs.readFileSync(file)).update('\0');
  }
  return hash.digest('hex');
}

/** One hash of everything that a build reads. */
function sourceHash() {
  const perPackage = publicPackages().flatMap(({ folder }) => [
    ...walk(path.join(folder, 'src')),
    ...walk(
      folder,
      (file) => /[\\/](package|tsconfig[^\\/]*)\.json$/.test(file) && !/[\\/]dist[\\/]/.test(file),
    ),
  ]);
  const scripts = ['scripts/build.mjs', 'tsconfig.base.json', 'package-lock.json'].map((file) =>
    path.join(root, file),
  );
  return hashOf([...scripts, ...perPackage]);
}

function isBuilt(hash) {
  const entries = publicPackages().flatMap(({ folder }) => [
    path.join(folder, 'dist/cjs/index.js'),
    path.join(folder, 'dist/esm/index.js'),
  ]);
  return hasStamp('build', hash) && entries.every((file) => fs.existsSync(file));
}

/**
 * Runs the `generate` script of packages that have one where what it reads changed: sources that are made from
 * others, such as kernels compiled to WebAssembly, are not in the repository.
 */
export async function generate() {
  for (const { short, folder, manifest } of packages()) {
    const command = manifest.scripts?.generate;
    if (command === undefined) {
      continue;
    }
    const hash = hashOf([
      ...walk(path.join(folder, 'assembly')),
      ...walk(path.join(folder, 'build')),
      path.join(root, 'package-lock.json'),
    ]);
    const isThere = walk(path.join(folder, 'src/generated')).length > 0;
    if (isThere && hasStamp(`generate-${short}`, hash)) {
      continue;
    }
    say(`generating sources of ${short}`);
    const started = performance.now();
    const { code } = await node(command.replace(/^node /, '').split(' '), { cwd: folder });
    if (code !== 0) {
      throw new Error(`${short}: expected \`${command}\` to succeed, got exit status ${code}.`);
    }
    putStamp(`generate-${short}`, hash);
    say(`generated in ${seconds(started)}`);
  }
}

async function build() {
  const hash = sourceHash();
  if (isBuilt(hash)) {
    return;
  }
  say(`building ${publicPackages().length} packages`);
  const started = performance.now();
  const { code } = await node([path.join(root, 'scripts/build.mjs')], { cwd: root });
  if (code !== 0) {
    throw new Error(
      `build: expected to succeed, got exit status ${code}. The messages above name the files.`,
    );
  }
  putStamp('build', hash);
  say(`built in ${seconds(started)}`);
}

/**
 * Makes the repository ready: installs from the lock file when node_modules does not hold all of it, makes sources
 * that are made from others, and builds the packages when their sources changed since the last build.
 * @param {{build?: boolean}} wanted tests and benchmarks run from source and need no build.
 */
export async function setUp(wanted = {}) {
  if (packages().length === 0) {
    throw new Error(`packages/: expected packages in ${root}, got none. Clone the whole repository.`);
  }
  await install();
  await generate();
  if (wanted.build) {
    await build();
  }
}

/** Runs the body of a script: a failure prints one line and sets the exit status. */
export async function main(body) {
  try {
    process.exitCode = (await body(process.argv.slice(2))) ?? 0;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
