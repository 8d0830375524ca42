// npm test [-- PACKAGE | FILE | FOLDER ...] [--grep PATTERN] [--coverage] [--dot]
// Installs what is missing, runs mocha on the tests of every package, and sums up.
import { main, setUp } from './lib/set-up.mjs';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { parseArgs } from 'node:util';
import { pathToFileURL } from 'node:url';
import { inLane, inLanes } from './lib/lanes.mjs';
import { packages, relative, root, TS_NODE, walk } from './lib/repo.mjs';
import { node, seconds } from './lib/run.mjs';

const modules = path.join(root, 'node_modules');
const isTest = (file) => file.endsWith('.test.ts');
/** Tests that measure time or memory: they run alone, after the others. */
const isAlone = (file) => file.endsWith('.alone.test.ts');

/** The test files asked for, by package; all of them when nothing is named. */
function choose(names) {
  const all = packages().map((each) => ({ ...each, files: walk(path.join(each.folder, 'test'), isTest) }));
  if (names.length === 0) {
    return all;
  }
  const chosen = new Map();
  for (const name of names) {
    const place = path.resolve(root, name);
    const hits = all
      .map((each) => ({
        ...each,
        files: each.files.filter(
          (file) =>
            name === each.short || name === each.name || file === place || file.startsWith(place + path.sep),
        ),
      }))
      .filter(({ short, files }) => files.length > 0 || short === name);
    if (hits.length === 0) {
      throw new Error(
        `npm test: expected a package, file or folder of tests, got ${name}. Packages: ${all.map((each) => each.short).join(', ')}.`,
      );
    }
    for (const hit of hits) {
      const files = [...new Set([...(chosen.get(hit.short)?.files ?? []), ...hit.files])];
      chosen.set(hit.short, { ...hit, files });
    }
  }
  return [...chosen.values()];
}

/** The TensorFlow.js that the sources of a package import: all of it, or its core. */
function tensorflowOf({ dependencies, peerDependencies }) {
  const all = '@tensorflow/tfjs';
  return all in { ...dependencies, ...peerDependencies } ? all : `${all}-core`;
}

/** One process a job: the files of one folder below test/, so that two cores have even work. */
function jobsOf({ short, folder, manifest, files }) {
  const groups = new Map();
  for (const file of files) {
    const [first, ...rest] = path.relative(path.join(folder, 'test'), file).split(path.sep);
    const key = isAlone(file) ? relative(file) : rest.length === 0 ? `${short}` : `${short}/${first}`;
    groups.set(key, {
      short,
      tensorflow: tensorflowOf(manifest),
      title: key,
      alone: isAlone(file),
      files: [...(groups.get(key)?.files ?? []), file],
    });
  }
  return [...groups.values()];
}

/** Seconds of jobs that take longer than the size of their files tells. */
const LONG = {
  'cli/commands': 240,
  'wasm/robustness': 100,
  'fusion/integration': 100,
  'core/trace': 100,
  'core/backend': 30,
  'native/saved-model': 60,
  'native/session': 40,
  'native/tfjs-node': 20,
  'testing/examples': 60,
};

/** A guess at how long a job takes: the longest begin first, so that no core is left with one at the end. */
function secondsOf({ title, files }) {
  const bytes = files.reduce((sum, file) => sum + fs.statSync(file).size, 0);
  return LONG[title] ?? bytes / 2000;
}

/** What a job counts that ran no test. */
const NOTHING = { passed: 0, failed: 0, skipped: 0, skippedTitles: [], failedTitles: [], files: {} };

async function runJob(job, { grep, dot, temp, coverage }, index) {
  const countsFile = path.join(temp, `${index}.json`);
  const started = performance.now();
  const { code, output } = await node(
    [
      ...(coverage ? ['--require', path.join(root, 'scripts/lib/coverage.cjs')] : []),
      ...TS_NODE,
      '--expose-gc',
      ...['--disable-warning=DEP0180'], // ts-node 10.9.2 calls a deprecated constructor
      path.join(modules, 'mocha/bin/mocha.js'),
      '--reporter',
      path.join(root, 'scripts/lib/reporter.cjs'),
      ...(grep === undefined ? [] : ['--grep', grep]),
      ...job.files,
    ],
    {
      cwd: root,
      quiet: true,
      env: {
        TFJS_OPTIMIZE_COUNTS: countsFile,
        TFJS_OPTIMIZE_REPORTER: dot ? 'dot' : 'spec',
        TFJS_OPTIMIZE_NOT_COVERED: job.tensorflow,
      },
    },
  );
  process.stdout.write(`\n=== ${job.title} (${seconds(started)})\n${tidy(output)}\n`);
  if (!fs.existsSync(countsFile)) {
    const problem = `${job.title}: expected mocha to finish, but it ended with status ${code}`;
    return { ...NOTHING, ...job, failed: 1, failedTitles: [problem] };
  }
  const { seconds: files, ...counts } = JSON.parse(fs.readFileSync(countsFile, 'utf8'));
  const silentFailure = code !== 0 && counts.failed === 0;
  return { ...job, ...counts, files, failed: counts.failed + (silentFailure ? 1 : 0) };
}

/** Output without TensorFlow.js' advertisement of its node backend and without runs of empty lines. */
function tidy(output) {
  return output
    .replace(/=+\nHi, looks like you are running TensorFlow\.js in Node\.js\.[^\n]*\n=+\n/g, '')
    .replace(/\n{3,}/g, '\n\n')
    .replace(/^\n+|\s+$/g, '');
}

/** Source maps of all that ts-node compiled, as c8 reads them. */
async function writeSourceMaps(folder) {
  const { default: transpiler } = await import('./lib/cached-transpiler.cjs');
  const maps = {};
  for (const file of packages().flatMap((each) => walk(path.join(each.folder, 'src')))) {
    const output = transpiler.lastOutputOf(file);
    if (output !== undefined) {
      const { href } = pathToFileURL(file);
      maps[href] = {
        lineLengths: output.outputText.split('\n').map(({ length }) => length),
        data: { ...JSON.parse(output.sourceMapText), sources: [href] },
      };
    }
  }
  fs.writeFileSync(path.join(folder, 'maps.json'), JSON.stringify({ result: [], 'source-map-cache': maps }));
}

async function printCoverage(temp) {
  await writeSourceMaps(temp);
  const report = ['report', `--temp-directory=${temp}`, `--reports-dir=${path.join(root, 'coverage')}`];
  const shape = [
    // One process after the other: all of them at once take more memory than Node has.
    '--merge-async',
    '--reporter=text',
    '--reporter=lcovonly',
    '--include=packages/*/src/**',
    '--exclude-after-remap',
  ];
  const { code } = await node([path.join(modules, 'c8/bin/c8.js'), ...report, ...shape], { cwd: root });
  if (code !== 0) {
    throw new Error(`coverage: expected c8 to report, got exit status ${code}.`);
  }
}

function sum(results, key) {
  return results.reduce((total, each) => total + each[key], 0);
}

function counted(results) {
  return `${sum(results, 'passed')} passed, ${sum(results, 'failed')} failed, ${sum(results, 'skipped')} skipped`;
}

/** The files whose tests take longest: where a change makes all tests faster. */
function printSlowest(results) {
  const files = results.flatMap((each) => Object.entries(each.files));
  process.stdout.write(files.length === 0 ? '' : '\nslowest files:\n');
  for (const [file, seconds] of files.sort(([, a], [, b]) => b - a).slice(0, 10)) {
    process.stdout.write(`${`${seconds.toFixed(1)} s`.padStart(8)}  ${relative(file)}\n`);
  }
}

function printSummary(chosen, results) {
  printSlowest(results);
  process.stdout.write('\n');
  for (const title of results.flatMap((each) => each.skippedTitles)) {
    process.stdout.write(`skipped: ${title}\n`);
  }
  for (const title of results.flatMap((each) => each.failedTitles)) {
    process.stdout.write(`FAILED  ${title.replaceAll('\n', '\n        ')}\n`);
  }
  for (const { short, files } of chosen) {
    const own = results.filter((each) => each.short === short);
    const none = files.length === 0 ? ' (no test files: counted as a failure)' : '';
    process.stdout.write(`${short.padEnd(12)} ${counted(own)}${none}\n`);
  }
}

await main(async (args) => {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      grep: { type: 'string', short: 'g' },
      coverage: { type: 'boolean', default: false },
      dot: { type: 'boolean', default: Boolean(process.env.CI) },
    },
  });
  await setUp();
  const chosen = choose(positionals);
  // Other steps of .ci/run can fill the time in which one core reports the coverage.
  const ahead = values.coverage ? 60 : 0;
  const jobs = chosen.flatMap(jobsOf).map((job) => ({ ...job, seconds: secondsOf(job) + ahead }));
  const temp = fs.mkdtempSync(path.join(os.tmpdir(), 'tfjs-optimize-tests-'));
  const coverage = path.join(temp, 'coverage');
  if (values.coverage) {
    fs.mkdirSync(coverage);
    process.env.TFJS_OPTIMIZE_COVERAGE = coverage;
  }
  try {
    const options = { ...values, temp };
    const results = [
      ...(await inLanes(
        jobs,
        (job) => job,
        (job, index) => runJob(job, options, index),
      )),
      ...chosen
        .filter(({ files }) => files.length === 0)
        .map(({ short }) => ({ ...NOTHING, short, failed: 1, failedTitles: [`${short}: no test files`] })),
    ];
    if (values.coverage) {
      await inLane({ title: 'coverage', seconds: 1000 }, () => printCoverage(coverage));
    }
    printSummary(chosen, results);
    const nothing = sum(results, 'passed') + sum(results, 'failed') === 0;
    if (nothing) {
      process.stdout.write(
        'npm test: expected at least one test to run, got none. Check the names and --grep.\n',
      );
    }
    process.stdout.write(`${counted(results)}\n`);
    return sum(results, 'failed') > 0 || nothing ? 1 : 0;
  } finally {
    fs.rmSync(temp, { recursive: true, force: true });
  }
});
