/**
 * Reads a model, replaces one of its weights as a pass would and saves it, in a process of its own, so
 * that the most memory this process ever held is what the work needs: `memory-child.ts INPUT OUTPUT`.
 * Prints one line of JSON.
 */
import { Weight, loadModel, saveModel } from '@tfjs-optimize/core';

async function main(): Promise<void> {
  const [input = '', output = ''] = process.argv.slice(2);
  const before = process.memoryUsage.rss();
  const start = performance.now();
  const model = await loadModel(input);
  const read = performance.now();
  const [name = ''] = model.weights.names();
  const values = (model.weights.need(name).numbers() as Float32Array).map((value) => 2 * value);
  const changes = new Map([[name, Weight.of(values, [values.length])]]);
  const { bytes } = await saveModel(model.with({ weights: model.weights.with(changes) }), output);
  const saved = performance.now();
  // Kibibytes on every platform.
  const peak = process.resourceUsage().maxRSS * 1024;
  const seconds = { read: (read - start) / 1000, save: (saved - read) / 1000 };
  process.stdout.write(`${JSON.stringify({ before, peak, bytes, ...seconds })}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
