// Makes @tensorflow/tfjs-node run where its own install step cannot: that one fetches TensorFlow's C library and a compiled
// binding from a storage bucket. The library is also in Python's wheel of TensorFlow, and the source of the binding is in
// the npm package.
import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import * as os from 'node:os';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../run.mjs';

/** Versions that were tried together, and the checksum of the wheel. */
export const VERSIONS = { tfjsNode: '4.22.0', tensorflow: '2.15.1', headers: '1.9.0' };
const WHEEL_SHA256 = '54660c074d7241a503e81edfd9f5ef5af88f64051b72e2945f26318c790f2d26';
const WHEEL_FOR = [
  '--platform',
  'manylinux2014_x86_64',
  '--implementation',
  'cp',
  '--python-version',
  '3.11',
];
/** The version of the N-API that tfjs-node's package names last. */
const NAPI = 8;
const NEEDED = {
  'g++': ['--version'],
  npm: ['--version'],
  python3: ['-m', 'pip', '--version'],
  tar: ['--version'],
};

const say = (line) => process.stderr.write(`[tfjs-node] ${line}\n`);

/** Runs a command; what it prints is shown where it fails. */
async function must(what, command, args, options = {}) {
  const { code, output, stdout } = await run(command, args, { quiet: true, ...options });
  if (code === 0) return stdout;
  throw new Error(`${what}: expected ${command} to succeed, got exit status ${code}.\n${output.trimEnd()}`);
}

/** Why it cannot be built here; undefined where it can. */
async function whyNot() {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return `there is no wheel of tensorflow-cpu for ${process.platform} ${process.arch}, only for linux x64`;
  for (const [command, args] of Object.entries(NEEDED)) {
    const { code } = await run(command, args, { quiet: true }).catch(() => ({ code: 1 }));
    if (code !== 0) return `\`${[command, ...args].join(' ')}\` does not run`;
  }
  return undefined;
}

/** What was fetched is kept here for other projects and other days. */
function cacheFolder() {
  const caches = process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache');
  return process.env.TFJS_OPTIMIZE_CACHE ?? path.join(caches, 'tfjs-optimize');
}

/** A folder of the cache, made under a temporary name and renamed when it is whole. */
async function cached(name, make) {
  const folder = path.join(cacheFolder(), name);
  if (fs.existsSync(folder)) return folder;
  fs.mkdirSync(cacheFolder(), { recursive: true });
  const temporary = fs.mkdtempSync(path.join(cacheFolder(), '.making-'));
  try {
    const made = await make(temporary);
    // Whoever was faster made the same.
    if (!fs.existsSync(folder)) fs.renameSync(made, folder);
  } finally {
    fs.rmSync(temporary, { recursive: true, force: true });
  }
  return folder;
}

/** TensorFlow's library and headers out of the wheel. */
function tensorflow() {
  return cached(`tensorflow-cpu-${VERSIONS.tensorflow}`, async (temporary) => {
    say(`fetching tensorflow-cpu ${VERSIONS.tensorflow} (207 MB, once)`);
    const requirement = path.join(temporary, 'requirement.txt');
    fs.writeFileSync(requirement, `tensorflow-cpu==${VERSIONS.tensorflow} --hash=sha256:${WHEEL_SHA256}\n`);
    const quietly = [
      '--quiet',
      '--disable-pip-version-check',
      '--no-cache-dir',
      '--no-deps',
      '--only-binary=:all:',
    ];
    const args = [
      '-m',
      'pip',
      'download',
      ...quietly,
      ...WHEEL_FOR,
      '--dest',
      temporary,
      '--requirement',
      requirement,
    ];
    await must('the wheel', 'python3', args);
    const wheel = fs.readdirSync(temporary).find((file) => file.endsWith('.whl'));
    const made = path.join(temporary, 'made');
    const unpack = fileURLToPath(new URL('unpack_wheel.py', import.meta.url));
    await must('the wheel', 'python3', [unpack, path.join(temporary, wheel), made]);
    const lib = path.join(made, 'lib');
    // Names that the linker looks for.
    fs.symlinkSync('libtensorflow_cc.so.2', path.join(lib, 'libtensorflow.so'));
    fs.symlinkSync('libtensorflow_framework.so.2', path.join(lib, 'libtensorflow_framework.so'));
    // Half of the library are symbols for debuggers.
    await run(
      'strip',
      [
        '--strip-unneeded',
        ...['cc', 'framework'].map((part) => path.join(lib, `libtensorflow_${part}.so.2`)),
      ],
      {
        quiet: true,
      },
    ).catch(() => undefined);
    return made;
  });
}

/** A package of npm as it is published, no install step run. */
async function packed(name, version, temporary) {
  await must(name, 'npm', ['pack', '--silent', `${name}@${version}`], { cwd: temporary });
  const archive = fs.readdirSync(temporary).find((file) => file.endsWith('.tgz'));
  await must(name, 'tar', ['-xzf', archive], { cwd: temporary });
  return path.join(temporary, 'package');
}

const napiHeaders = () =>
  cached(`node-api-headers-${VERSIONS.headers}`, (temporary) =>
    packed('node-api-headers', VERSIONS.headers, temporary),
  );

/** The folder of tfjs-node as Node.js finds it from a project; undefined where it is not installed. */
function installed(project) {
  const require = createRequire(path.join(project, 'package.json'));
  try {
    return path.dirname(fs.realpathSync(require.resolve('@tensorflow/tfjs-node/package.json')));
  } catch {
    return undefined;
  }
}

async function install(project) {
  say(`installing @tensorflow/tfjs-node ${VERSIONS.tfjsNode} without its install step`);
  const quietly = [
    '--ignore-scripts',
    '--no-save',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    '--prefer-offline',
  ];
  await must('npm', 'npm', ['install', ...quietly, `@tensorflow/tfjs-node@${VERSIONS.tfjsNode}`], {
    cwd: project,
  });
  return installed(project);
}

/** Copies a folder by hard links where the file system can. */
async function link(from, to) {
  const { code } = await run('cp', ['-al', from, to], { quiet: true });
  if (code !== 0) fs.cpSync(from, to, { recursive: true, verbatimSymlinks: true });
}

/** Compiles the binding in place. It finds the libraries from where it lies, so that the folder can be moved. */
async function compile(folder, libraries, headers) {
  const deps = path.join(folder, 'deps');
  for (const old of [deps, path.join(folder, 'lib')]) fs.rmSync(old, { recursive: true, force: true });
  fs.mkdirSync(deps);
  await link(path.join(libraries, 'lib'), path.join(deps, 'lib'));
  await link(path.join(libraries, 'include'), path.join(deps, 'include'));
  const place = path.join(folder, 'lib', `napi-v${NAPI}`);
  fs.mkdirSync(place, { recursive: true });
  const sources = ['tfjs_backend.cc', 'tfjs_binding.cc'].map((file) => path.join(folder, 'binding', file));
  const include = [path.join(headers, 'include'), path.join(deps, 'include')].map((each) => `-I${each}`);
  const libs = [
    `-L${path.join(deps, 'lib')}`,
    '-ltensorflow',
    '-ltensorflow_framework',
    '-Wl,-rpath,$ORIGIN/../../deps/lib',
  ];
  const flags = ['-std=c++17', '-O2', '-fPIC', '-shared', '-w', `-DNAPI_VERSION=${NAPI}`];
  const binding = path.join(place, 'tfjs_binding.node');
  await must('the binding', 'g++', [...flags, ...include, ...sources, '-o', `${binding}.tmp`, ...libs]);
  fs.renameSync(`${binding}.tmp`, binding);
}

/** Multiplies two matrices by what was built, in a process of its own. */
async function tryOut(folder) {
  const program = `
    require('node:util').isNullOrUndefined ??= (value) => value === null || value === undefined;
    const tf = require(${JSON.stringify(folder)});
    const y = tf.matMul([[1, 2], [3, 4]], [[5, 6], [7, 8]]).dataSync();
    if (tf.getBackend() !== 'tensorflow' || y.join() !== '19,22,43,50') throw new Error(tf.getBackend() + ' gave ' + y);
    console.log(tf.backend().binding.TF_Version);`;
  const quiet = { TF_CPP_MIN_LOG_LEVEL: '2' };
  return (await must('a product', process.execPath, ['-e', program], { env: quiet }))
    .trim()
    .split('\n')
    .at(-1);
}

/**
 * Installs tfjs-node in a project (a folder with a package.json) and builds what it lacks; nothing where it runs.
 * @returns {Promise<string>} the version of TensorFlow.
 */
export async function buildTfjsNode(project) {
  const there = installed(project);
  const runs = there && (await tryOut(there).catch(() => undefined));
  if (runs !== undefined) return runs;
  const why = await whyNot();
  if (why !== undefined) throw new Error(`tfjs-node: expected to build it, but ${why}.`);
  const folder = there ?? (await install(project));
  const [libraries, headers] = [await tensorflow(), await napiHeaders()];
  say('compiling the binding');
  await compile(folder, libraries, headers);
  return tryOut(folder);
}
