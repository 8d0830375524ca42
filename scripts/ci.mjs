// .ci/run: all steps side by side, on as many cores as there are. Each step's output is printed whole when the step has
// ended, with its counts; the last line sums up all of them.
import { fork } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { installChromium } from './lib/chromium.mjs';
import { inLane, lanes, serve } from './lib/lanes.mjs';
import { root } from './lib/repo.mjs';
import { setUp } from './lib/set-up.mjs';
import { buildTfjsNode } from './lib/tfjs-node/build.mjs';

/** Those that run what was built wait for it, for TensorFlow and for a browser; the others begin at once. */
const STEPS = [
  { name: 'lint', script: 'lint.mjs' },
  { name: 'API reference', script: 'api-doc.mjs', args: ['--check'] },
  { name: 'type tests', script: 'typetest.mjs' },
  { name: 'tests', script: 'test.mjs', args: ['--coverage'], runs: true },
  { name: 'packing check', script: 'pack-check.mjs', runs: true },
  { name: 'quickstart', script: 'quickstart.mjs', runs: true },
  { name: 'examples', script: 'examples.mjs', runs: true },
];

function say(line) {
  process.stdout.write(`[ci] ${(performance.now() / 1000).toFixed(0)} s: ${line}\n`);
}

/** TensorFlow itself, for the tests of packages/native. Where it cannot be built those are skipped, visibly. */
async function installTfjsNode() {
  try {
    say(`tfjs-node runs on TensorFlow ${await buildTfjsNode(root)}`);
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
  }
}

/** A script in a process of its own that takes its lanes from here. */
function runScript({ name, script, args = [] }) {
  const child = fork(path.join(root, 'scripts', script), args, {
    cwd: root,
    env: { ...process.env, CI: '1' },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let work = 0;
  serve(child, lanes, ({ title }, seconds) => {
    work += seconds;
    say(`${name}: ${title} took ${seconds.toFixed(1)} s`);
  });
  const chunks = [];
  child.stdout.on('data', (chunk) => chunks.push(chunk));
  child.stderr.on('data', (chunk) => chunks.push(chunk));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output: Buffer.concat(chunks).toString('utf8'), work }));
  });
}

/** What a step counted. One that fails without counting a failure, or that counts nothing, is a failure. */
function countsOf({ code, output }) {
  const lines = output.match(/^\d+ passed, \d+ failed, \d+ skipped$/gm) ?? ['0 passed, 1 failed, 0 skipped'];
  const [passed, failed, skipped] = lines.at(-1).match(/\d+/g).map(Number);
  const isSilent = (code !== 0 && failed === 0) || passed + failed === 0;
  return { passed, failed: isSilent ? 1 : failed, skipped };
}

const written = ({ passed, failed, skipped }) => `${passed} passed, ${failed} failed, ${skipped} skipped`;

/**
 * Gets ready what several steps run: the build, and what comes from elsewhere, for which no core has to wait. Undefined,
 * or why there is no build.
 */
async function ready() {
  const elsewhere = Promise.all([installChromium(), installTfjsNode()]);
  try {
    await inLane({ title: 'build', seconds: 1000 }, () => setUp({ build: true }));
    return undefined;
  } catch (error) {
    return String(error);
  } finally {
    await elsewhere;
    say('ready');
  }
}

async function runStep(step, isReady) {
  const problem = step.runs ? await isReady : undefined;
  const result =
    problem === undefined ? await runScript(step) : { code: 1, output: `not run: ${problem}\n`, work: 0 };
  const counts = countsOf(result);
  process.stdout.write(
    `\n##### ${step.name}\n${result.output}##### ${step.name}: ${written(counts)}, ${result.work.toFixed(0)} s of one core\n\n`,
  );
  const failures = result.output.match(/^FAILED .*(\n {8}.*)*$/gm) ?? (counts.failed === 0 ? [] : ['FAILED']);
  return { ...counts, failures: failures.map((each) => `${step.name}: ${each}`) };
}

async function runAll() {
  const data = path.join(process.env.TFJS_OPTIMIZE_SHARED ?? path.join(root, '../shared'), 'data');
  if (!fs.existsSync(data)) {
    throw new Error(
      `${data}: expected the shared test data, got nothing. Put it there or set TFJS_OPTIMIZE_SHARED.`,
    );
  }
  await setUp();
  const isReady = ready();
  return Promise.all(STEPS.map((step) => runStep(step, isReady)));
}

let all;
try {
  all = await runAll();
} catch (error) {
  process.stdout.write(`${error instanceof Error ? error.message : String(error)}\n`);
  all = [{ passed: 0, failed: 1, skipped: 0, failures: [] }];
}
const sum = (key) => all.reduce((total, each) => total + each[key], 0);
const total = { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') };
// What failed stands last, where it is looked for.
for (const failure of all.flatMap(({ failures }) => failures)) {
  process.stdout.write(`\n${failure}\n`);
}
process.stdout.write(`\n${written(total)}\n`);
process.exitCode = total.failed === 0 ? 0 : 1;
