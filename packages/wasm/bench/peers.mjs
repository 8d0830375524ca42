// node packages/wasm/bench/peers.mjs KIT MODEL... [--int8] [--json] [--peer tfjs|ort|litert]...
// Ours beside stock TensorFlow.js, onnxruntime-web and LiteRT.js on the networks of the peer kit, each measurement in a
// process of its own, in turn, by the kit's own rules (its README says how to make the folder). MODELS of the kit lie
// in KIT/../models, or where PEER_MODELS says. ROUNDS (3) is how often each is measured; the median of medians counts.
// Ours are the built packages: `npm run build` before.
// With --int8 every form of int8 that a peer has, in place of floats; with --peer those named alone, and ours.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const here = fileURLToPath(import.meta.url);
const require = createRequire(here);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    int8: { type: 'boolean', default: false },
    peer: { type: 'string', multiple: true, default: ['tfjs', 'ort', 'litert'] },
    json: { type: 'boolean', default: false },
    // One measurement of ours: KIT MODEL VARIANT.
    ours: { type: 'boolean', default: false },
  },
});
/** One measurement of ours, as the kit prints those of others. */
async function measureOurs(kit, name, variant) {
  const { MODELS, f32, cosine, time, meta, emit, rss } = await import(
    pathToFileURL(path.join(kit, 'lib.mjs'))
  );
  const tf = require('@tensorflow/tfjs');
  const { backend, loadModel } = require('@tfjs-optimize/core');
  const { simdInUse } = require('@tfjs-optimize/wasm');
  tf.env().set('PROD', true);
  await backend.use('wasm');
  const rss0 = rss();
  const described = meta(name);
  const started = performance.now();
  const loaded = await loadModel(path.join(MODELS, name, 'graph/model.json'));
  const { run, form = simdInUse() } = await VARIANTS[variant](loaded, described.inputs);
  const loadMs = performance.now() - started;
  const inputs = described.inputs.map((shape, i) =>
    tf.tensor(f32(path.join(MODELS, name, `in${i}.bin`)), shape),
  );
  const measured = await time(async () => {
    const y = run(inputs);
    const numbers = y.dataSync();
    y.dispose();
    return numbers;
  });
  const cos = cosine(measured.out, f32(path.join(MODELS, name, 'ref.bin')));
  emit({ rt: `ours-${form}`, model: name, variant, ...measured, cos, loadMs, rss0MB: rss0 });
  process.exit(0);
}

/** Ours: how a loaded model runs. */
const VARIANTS = {
  async f32(loaded) {
    const tf = require('@tensorflow/tfjs');
    const { toArtifacts } = require('@tfjs-optimize/core');
    const graph = await tf.loadGraphModel(tf.io.fromMemory(toArtifacts(await fused(loaded))));
    return { run: (inputs) => graph.predict(inputs.length > 1 ? inputs : inputs[0]) };
  },
  /** Calibrated with as many examples of the same kind as the kit has for its peers. */
  async int8(loaded, shapes) {
    const tf = require('@tensorflow/tfjs');
    const { quantizeStatic } = require('@tfjs-optimize/quantization');
    const { integerForm } = require('@tfjs-optimize/wasm/integer');
    const examples = Array.from({ length: 8 }, (_, i) =>
      shapes.map((shape, at) => tf.randomNormal(shape, 0, 1, 'float32', 1 + 10 * i + at)),
    );
    const { model } = await quantizeStatic(await fused(loaded), { data: examples });
    return { run: (inputs) => model.run(...inputs)[0], form: integerForm() };
  },
  async dyn8(loaded) {
    const { quantizeDynamic } = require('@tfjs-optimize/quantization');
    const { integerForm } = require('@tfjs-optimize/wasm/integer');
    const { model } = await quantizeDynamic(await fused(loaded));
    return { run: (inputs) => model.run(...inputs)[0], form: integerForm() };
  },
};

async function fused(loaded) {
  const { optimize } = require('@tfjs-optimize/core');
  const { inference } = require('@tfjs-optimize/fusion');
  const { fuseNorms } = require('@tfjs-optimize/wasm/passes');
  return (await optimize((await optimize(loaded, inference())).model, fuseNorms())).model;
}

/** Measurements of a model, each a command line of Node.js. */
function jobsOf(kit, model, { int8, peer }) {
  const [tfjs, ort, litert] = ['tfjs', 'ort', 'litert_node'].map((peer) =>
    path.join(kit, `bench_${peer}.mjs`),
  );
  // Relaxed SIMD is behind a flag before.
  const builds = Number(process.versions.node.split('.')[0]) >= 24 ? ['simd', 'relaxed'] : ['simd'];
  const variants = int8
    ? {
        ort: ['qdq_s8s8', 'qdq_u8s8', 'qdqmm_u8s8', 'dyn_s8', 'dyn_u8'],
        litert: ['int8', 'dyn8'],
        ours: ['int8', 'dyn8'],
      }
    : { ort: ['f32'], litert: ['f32'], ours: ['f32'] };
  // Not every model of the kit is there in every form.
  const models = process.env.PEER_MODELS ?? path.join(kit, '../models');
  const there = (forms, type) =>
    forms.filter((form) => fs.existsSync(path.join(models, model, `${model}.${form}.${type}`)));
  const [onnx, tflite] = [there(variants.ort, 'onnx'), there(variants.litert, 'tflite')];
  const jobs = {
    tfjs: [[tfjs, 'graph', model]],
    ort: onnx.map((variant) => [ort, 'web', model, variant]),
    litert: builds.flatMap((build) => tflite.map((variant) => [litert, build, model, variant])),
  };
  const unknown = peer.find((name) => !(name in jobs));
  if (unknown !== undefined) {
    throw new Error(`--peer: expected ${Object.keys(jobs).join(', ')}, got ${unknown}. Name one of them.`);
  }
  return [
    ...peer.flatMap((name) => jobs[name]),
    ...variants.ours.map((variant) => [here, '--ours', kit, model, variant]),
  ];
}

function race(kit, models, options) {
  const all = [];
  for (const model of models) {
    const jobs = jobsOf(kit, model, options);
    const results = jobs.map(() => []);
    for (let round = 0; round < Number(process.env.ROUNDS ?? 3); round++) {
      jobs.forEach((job, i) => {
        if (results[i][0]?.error === undefined) results[i].push(measure(job, kit));
      });
    }
    const rows = results.map((each) => summaryOf(model, each));
    all.push(...rows);
    if (!options.json) for (const row of rows) process.stdout.write(`${lineOf(row)}\n`);
  }
  if (options.json) process.stdout.write(`${JSON.stringify(all)}\n`);
}

function measure(job, kit) {
  const { stdout, stderr } = spawnSync(process.execPath, job, {
    // The packages of the kit lie beside it.
    cwd: fs.realpathSync(path.join(kit, '..')),
    encoding: 'utf8',
    timeout: 240_000,
  });
  const last = stdout.trim().split('\n').pop();
  try {
    return JSON.parse(last);
  } catch {
    return { rt: path.basename(job[0]), variant: job.at(-1), error: (stderr || stdout).trim().slice(-200) };
  }
}

/** Milliseconds in the middle of all rounds, and their ends. */
function summaryOf(model, rows) {
  const failed = rows.find(({ error }) => error !== undefined);
  const { rt, variant = 'f32', cos } = rows[0];
  if (failed) return { model, rt, variant, error: failed.error };
  const times = rows.map(({ ms }) => ms).sort((a, b) => a - b);
  return {
    model,
    rt,
    variant,
    ms: times[times.length >> 1],
    low: times[0],
    high: times.at(-1),
    n: times.length,
    cos,
  };
}

function lineOf({ model, rt, variant, error, ms, low, high, cos }) {
  if (error !== undefined) return `${model}  ${rt} ${variant}  failed: ${error}`;
  const spread = `${low.toFixed(2)}-${high.toFixed(2)}`;
  const name = `${rt} ${variant}`.padEnd(30);
  return `${model}  ${name} ${ms.toFixed(2).padStart(9)} ms  (${spread})  cosine ${cos}`;
}

const [first, ...rest] = positionals;

if (first === undefined || rest.length === 0) {
  process.stderr.write(
    'peers.mjs: expected the folder of the kit and models, got none. See its first lines.\n',
  );
  process.exitCode = 1;
} else if (values.ours) await measureOurs(path.resolve(first), ...rest);
else race(path.resolve(first), rest, values);
