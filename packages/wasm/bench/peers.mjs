// node packages/wasm/bench/peers.mjs KIT MODEL...
// Ours beside stock TensorFlow.js, onnxruntime-web and LiteRT.js on the networks of the peer kit, each measurement in a
// process of its own, in turn, by the kit's own rules (its README says how to make the folder). MODELS of the kit lie
// in KIT/../models, or where PEER_MODELS says. ROUNDS (3) is how often each is measured; the median of medians counts.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = fileURLToPath(import.meta.url);
const [first, ...names] = process.argv.slice(2);

if (first === '--ours') await ours(...names);
else if (first === undefined || names.length === 0) {
  process.stderr.write(
    'peers.mjs: expected the folder of the kit and models, got none. See its first lines.\n',
  );
  process.exitCode = 1;
} else race(path.resolve(first), names);

/** One measurement of ours, as the kit prints those of others. */
async function ours(kit, name) {
  const { MODELS, f32, cosine, time, meta, emit, rss } = await import(
    pathToFileURL(path.join(kit, 'lib.mjs'))
  );
  const require = createRequire(here);
  const tf = require('@tensorflow/tfjs');
  const { backend, loadModel, optimize, toArtifacts } = require('@tfjs-optimize/core');
  const { inference } = require('@tfjs-optimize/fusion');
  const { fuseNorms } = require('@tfjs-optimize/wasm/passes');
  const { simdInUse } = require('@tfjs-optimize/wasm');
  tf.env().set('PROD', true);
  await backend.use('wasm');
  const rss0 = rss();
  const started = performance.now();
  const loaded = await loadModel(path.join(MODELS, name, 'graph/model.json'));
  const { model } = await optimize((await optimize(loaded, inference())).model, fuseNorms());
  const graph = await tf.loadGraphModel(tf.io.fromMemory(toArtifacts(model)));
  const loadMs = performance.now() - started;
  const described = meta(name);
  const inputs = described.inputs.map((shape, i) =>
    tf.tensor(f32(path.join(MODELS, name, `in${i}.bin`)), shape),
  );
  const measured = await time(async () => {
    const y = graph.predict(inputs.length > 1 ? inputs : inputs[0]);
    const values = y.dataSync();
    y.dispose();
    return values;
  });
  const cos = cosine(measured.out, f32(path.join(MODELS, name, 'ref.bin')));
  const rt = `ours-${simdInUse()}`;
  emit({ rt, model: name, variant: 'f32', ...measured, cos, loadMs, rss0MB: rss0, macs: described.macs });
  process.exit(0);
}

function race(kit, models) {
  const relaxed = Number(process.versions.node.split('.')[0]) >= 24;
  const litert = path.join(kit, 'bench_litert_node.mjs');
  for (const model of models) {
    const jobs = [
      [path.join(kit, 'bench_tfjs.mjs'), 'graph', model],
      [path.join(kit, 'bench_ort.mjs'), 'web', model, 'f32'],
      [litert, 'simd', model, 'f32'],
      ...(relaxed ? [[litert, 'relaxed', model, 'f32']] : []),
      [here, '--ours', kit, model],
    ];
    const results = jobs.map(() => []);
    for (let round = 0; round < Number(process.env.ROUNDS ?? 3); round++) {
      jobs.forEach((job, i) => results[i].push(measure(job, kit)));
    }
    for (const rows of results) process.stdout.write(`${lineOf(model, rows)}\n`);
  }
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
    return { rt: path.basename(job[0]), error: (stderr || stdout).trim().slice(-200) };
  }
}

function lineOf(model, rows) {
  const failed = rows.find(({ error }) => error !== undefined);
  if (failed) return `${model}  ${failed.rt}  failed: ${failed.error}`;
  const times = rows.map(({ ms }) => ms).sort((a, b) => a - b);
  const middle = times[times.length >> 1].toFixed(2);
  const spread = `${times[0].toFixed(2)}-${times.at(-1).toFixed(2)}`;
  return `${model}  ${rows[0].rt.padEnd(22)} ${middle.padStart(9)} ms  (${spread})  cosine ${rows[0].cos}`;
}
