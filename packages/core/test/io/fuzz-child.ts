/**
 * Feeds spoilt models to the reader for a while: `fuzz-child.ts SEED SECONDS LAST`. Every spoilt model
 * must be read or refused with a code. The case at work is in the file LAST, for when this process has to
 * be killed. Prints one line of JSON: how many cases, what became of them, and the first that failed.
 */
import * as tf from '@tensorflow/tfjs';
import { isOptimizeError, loadModel, toArtifacts, verifyGraph } from '@tfjs-optimize/core';
import * as fc from 'fast-check';
import * as fs from 'node:fs';
import { fuzzModels, WITH_CHECKSUM } from './fuzz-models.js';
import type { ModelFiles } from './model-files.js';
import { MUTATIONS, mutate, type MutatedFiles, type Mutation } from './mutate.js';

/** No single case takes longer; a case that never ends has its process killed. */
const SLOW_MS = 5000;
/** Names of the models that TensorFlow.js has a part in reading. */
const LAYERS = new Set(['functional', 'recurrent']);
const outcomes: Record<string, number> = {};

const mutation: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom(...MUTATIONS),
  at: fc.nat(),
  other: fc.nat(),
});

/** Serves files from memory, so that the disk is not what is tested. */
function fetchFrom({ text, shards }: MutatedFiles): typeof fetch {
  return (url) => {
    const name = decodeURIComponent(new URL(new Request(url).url).pathname.slice(1));
    const body = name === 'model.json' ? text : shards.get(name);
    return Promise.resolve(new Response(body as BodyInit, { status: body === undefined ? 404 : 200 }));
  };
}

/** Reads files; if that goes well, what was read must be sound enough to be written and read again. */
async function outcomeOf(files: MutatedFiles): Promise<string> {
  try {
    const model = await loadModel('https://fuzz.example/model.json', { fetchFunc: fetchFrom(files) });
    verifyGraph(model, { shapes: true });
    const artifacts = toArtifacts(model);
    const again = toArtifacts(await loadModel(artifacts));
    if (JSON.stringify(again.modelTopology) !== JSON.stringify(artifacts.modelTopology)) {
      throw new Error('what was written reads as something else');
    }
    return 'read';
  } catch (error) {
    if (!isOptimizeError(error) || error.code === 'internal') throw error;
    return error.code;
  }
}

/** Whether the weight bytes of files are not what they were while model.json is, and so the checksum in it. */
function hasOtherBytes({ text, shards }: MutatedFiles, original: ModelFiles): boolean {
  const all = (files: ReadonlyMap<string, Uint8Array>): Buffer => Buffer.concat([...files.values()]);
  return text === JSON.stringify(original.json) && !all(shards).equals(all(original.shards));
}

interface Fuzz {
  readonly models: ReadonlyMap<string, ModelFiles>;
  /** File that tells the case at work. */
  readonly last: string;
}

async function check({ models, last }: Fuzz, name: string, mutations: Mutation[]): Promise<void> {
  const original = models.get(name) as ModelFiles;
  const files = mutate(original, mutations);
  fs.writeFileSync(last, JSON.stringify({ name, mutations, text: files.text.slice(0, 20_000) }));
  const { numTensors } = tf.memory();
  const start = performance.now();
  const outcome = await outcomeOf(files);
  const ms = performance.now() - start;
  outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  if (ms > SLOW_MS) throw new Error(`took ${ms.toFixed(0)} ms`);
  if (outcome === 'read' && WITH_CHECKSUM.has(name) && hasOtherBytes(files, original)) {
    throw new Error('other weights were read than those that were packed');
  }
  const leaked = tf.memory().numTensors - numTensors;
  // TensorFlow.js 4.22 loses the tensors of a layer that fails while it is built; nobody can reach them.
  const isLostByLayers = outcome === 'io/format' && LAYERS.has(name);
  if (leaked !== 0 && !isLostByLayers) throw new Error(`${outcome} left ${leaked} tensors behind`);
  if ('polluted' in {}) throw new Error('the prototype of objects was changed');
}

async function main([seed, seconds, last]: readonly string[]): Promise<void> {
  if (last?.endsWith('.json') !== true) throw new Error('usage: fuzz-child.ts SEED SECONDS LAST.json');
  await tf.setBackend('cpu');
  const fuzz: Fuzz = { models: await fuzzModels(), last };
  const names = [...fuzz.models.keys()];
  for (const name of names) await check(fuzz, name, []);
  if (outcomes['read'] !== names.length) throw new Error(`unspoilt models: ${JSON.stringify(outcomes)}`);
  const cases = fc.asyncProperty(
    fc.constantFrom(...names),
    fc.array(mutation, { minLength: 1, maxLength: 3 }),
    (name, mutations) => check(fuzz, name, mutations),
  );
  const result = await fc.check(cases, {
    seed: Number(seed),
    numRuns: Number.MAX_SAFE_INTEGER,
    interruptAfterTimeLimit: Number(seconds) * 1000,
  });
  const runs = Object.values(outcomes).reduce((a, b) => a + b);
  const error = result.errorInstance;
  const failure = result.failed
    ? {
        seed: result.seed,
        path: result.counterexamplePath,
        counterexample: result.counterexample,
        error: error instanceof Error ? error.stack : String(error),
      }
    : undefined;
  process.stdout.write(`${JSON.stringify({ runs, outcomes, failure })}\n`);
}

if (require.main === module) {
  main(process.argv.slice(2)).catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = 1;
  });
}
