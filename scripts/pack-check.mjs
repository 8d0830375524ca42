// npm run pack:check [-- PACKAGE ...]: packs every published package, looks into the tarball, installs it alone
// (with its peers) in an empty folder, and runs and type-checks its README example as CommonJS and as ES modules, and in a
// browser where a package is for pages. Sizes in pages are held against docs/sizes.md.
import { main, setUp } from './lib/set-up.mjs';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { Counts } from './lib/count.mjs';
import { inLane, inLanes } from './lib/lanes.mjs';
import { contentProblems, importProblems } from './lib/pack-contents.mjs';
import { runInPage } from './lib/page-example.mjs';
import { commandsOf, exampleOf, pageExampleOf, writeExample } from './lib/readme-example.mjs';
import { publicPackages, readJson, root } from './lib/repo.mjs';
import { node, run } from './lib/run.mjs';
import { sizeProblems } from './lib/sizes.mjs';

const checkTypes = path.join(root, 'scripts/lib/check-types.mjs');
/** The model that README examples load as `model/model.json`: the network of the quickstart. */
const exampleModel = path.join(root, 'examples/quickstart/model');
/** What makes a command that measures short: that it runs is looked at, not what it finds. */
function quickly(words) {
  if (!words.includes('compare')) {
    return [];
  }
  const isBaseline = words.some((word) => word.endsWith('-baseline') || word === '--baseline');
  return ['--runs', '4', '--warm-up', '20', ...(isBaseline ? ['--processes', '2'] : [])];
}

/** Packages whose example runs in a browser, too. */
const IN_PAGES = ['core', 'runtime', 'wasm'];

async function pack({ folder }, destination) {
  const args = [
    'pack',
    '--json',
    '--ignore-scripts',
    '--loglevel=error',
    `--pack-destination=${destination}`,
  ];
  const { code, stdout, output } = await run('npm', args, { cwd: folder, quiet: true });
  if (code !== 0) {
    throw new Error(`npm pack in ${folder}: expected to succeed.\n${output}`);
  }
  const parsed = JSON.parse(stdout);
  const [{ filename, files }] = Array.isArray(parsed) ? parsed : Object.values(parsed);
  return { tarball: path.join(destination, filename), files: files.map((file) => file.path) };
}

/** The packages of this repository that one depends on, itself first. */
function closure(each, all) {
  const needed = new Set([each]);
  for (const one of needed) {
    Object.keys(one.manifest.dependencies ?? {}).forEach((name) => {
      const own = all.find((other) => other.name === name);
      if (own !== undefined) {
        needed.add(own);
      }
    });
  }
  return [...needed];
}

async function install(each, all, tarballs, temp) {
  const folder = path.join(temp, `install-${each.short}`);
  fs.mkdirSync(folder);
  const dependencies = Object.fromEntries(
    closure(each, all).map(({ name }) => [name, `file:${tarballs.get(name).tarball}`]),
  );
  fs.writeFileSync(
    path.join(folder, 'package.json'),
    JSON.stringify({ name: 'alone', private: true, dependencies }),
  );
  const quietly = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
  const { code, output } = await run('npm', ['install', ...quietly], { cwd: folder, quiet: true });
  return { folder, problem: code === 0 ? undefined : output };
}

/** Both ways to load a package must give the same names. */
async function entryProblem({ name }, folder) {
  const script = `
    const required = Object.keys(require(${JSON.stringify(name)})).filter((key) => key !== '__esModule').sort();
    import(${JSON.stringify(name)}).then((module) => {
      const imported = Object.keys(module).filter((key) => key !== 'default').sort();
      if (required.length === 0) throw new Error('expected exports, got none');
      if (required.join() !== imported.join()) {
        throw new Error('expected one list of exports, got ' + required + ' by require and ' + imported + ' by import');
      }
    }).catch((error) => { console.error(error); process.exitCode = 1; });`;
  const { code, output } = await node(['--eval', script], { cwd: folder, quiet: true });
  return code === 0 ? undefined : output;
}

/** Compiles files against the installed types; errors of each file and of our own types, in words. */
async function typeProblems(folder, files) {
  const { code, output } = await node([checkTypes, ...files], { cwd: folder, quiet: true });
  const errors = output.split('\n').filter((line) => line.includes('error TS'));
  if (code !== 0 && errors.length === 0) {
    return files.map(() => output);
  }
  return files.map((file) => {
    const mine = errors.filter(
      (line) => line.startsWith(`${file}(`) || /^(node_modules\/@tfjs-optimize\/|error)/.test(line),
    );
    return mine.length === 0 ? undefined : mine.join('\n');
  });
}

async function checkExample(each, folder, counts) {
  const example = exampleOf(path.join(each.folder, 'README.md'));
  const commands = commandsOf(path.join(each.folder, 'README.md'));
  if (example === undefined && commands.length === 0) {
    counts.check(`${each.name}: README example`, 'expected a code block below "## Use", got none');
    return;
  }
  const formats = example === undefined ? [] : ['cjs', 'esm'];
  const written = [];
  for (const format of formats) {
    const place = path.join(folder, format);
    fs.cpSync(exampleModel, path.join(place, 'model'), { recursive: true });
    const { typescript, script } = writeExample(example, place, format);
    written.push(path.relative(folder, typescript).split(path.sep).join('/'));
    const { code, output, stdout } = await node([script], { cwd: place, quiet: true });
    const silent =
      stdout.trim() === '' ? `expected the example to print something, got\n${output}` : undefined;
    counts.check(`${each.name}: README example runs as ${format}`, code === 0 ? silent : output);
  }
  const problems = written.length === 0 ? [] : await typeProblems(folder, written);
  formats.forEach((format, at) =>
    counts.check(`${each.name}: README example compiles as ${format}`, problems[at]),
  );
  if (commands.length > 0) {
    fs.cpSync(exampleModel, path.join(folder, 'model'), { recursive: true });
  }
  for (const words of commands) {
    const { code, output } = await run(
      'npm',
      ['exec', '--offline', '--no', '--', ...words, ...quickly(words)],
      {
        cwd: folder,
        quiet: true,
      },
    );
    counts.check(`${each.name}: README command \`${words.join(' ')}\``, code === 0 ? undefined : output);
  }
}

async function checkInPage({ name, folder: sources }, folder, counts) {
  const script = pageExampleOf(path.join(sources, 'README.md'));
  fs.cpSync(exampleModel, path.join(folder, 'model'), { recursive: true });
  const result = await runInPage(script, folder);
  if (result === undefined) {
    counts.skipped += 1;
    return;
  }
  counts.check(`${name}: README example bundles for browsers`, result.bundled);
  if (result.bundled === undefined) {
    counts.check(`${name}: README example runs in a browser`, result.ran);
  }
}

async function checkPackage(each, all, tarballs, temp, counts) {
  const { files } = tarballs.get(each.name);
  counts.check(`${each.name}: contents`, contentProblems(each, files));
  counts.check(`${each.name}: imports are declared`, importProblems(each, files));
  const { folder, problem } = await install(each, all, tarballs, temp);
  counts.check(`${each.name}: installs alone`, problem);
  if (problem !== undefined) {
    return;
  }
  const strangers = Object.keys(readJson(path.join(folder, 'node_modules/.package-lock.json')).packages)
    .map((place) => place.replace('node_modules/', ''))
    .filter(
      (name) => name.startsWith('@tfjs-optimize/') && !closure(each, all).some((own) => own.name === name),
    );
  counts.check(
    `${each.name}: brings no other package of ours`,
    strangers.length === 0 ? undefined : strangers.join('\n'),
  );
  counts.check(`${each.name}: require and import agree`, await entryProblem(each, folder));
  await checkExample(each, folder, counts);
  if (IN_PAGES.includes(each.short)) {
    await checkInPage(each, folder, counts);
  }
}

await main(async (names) => {
  await setUp({ build: true });
  const all = publicPackages();
  const chosen = names.length === 0 ? all : all.filter(({ short }) => names.includes(short));
  const counts = new Counts();
  const temp = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'tfjs-optimize-pack-'));
  try {
    const packing = ({ short }) => ({ title: `pack ${short}`, seconds: 2 });
    const packed = await inLanes(all, packing, async (each) => [each.name, await pack(each, temp)]);
    const tarballs = new Map(packed);
    const checking = ({ short }) => ({ title: short, seconds: 30 });
    const sizes = names.length > 0 ? [] : inLane({ title: 'sizes', seconds: 5 }, sizeProblems);
    await inLanes(chosen, checking, (each) => checkPackage(each, all, tarballs, temp, counts));
    for (const { spec, problem } of await sizes) {
      counts.check(`${spec}: size in a page`, problem);
    }
  } finally {
    fs.rmSync(temp, { recursive: true, force: true });
  }
  return counts.finish('packages to pack');
});
