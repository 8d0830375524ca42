/**
 * Reads, fuses and saves a model in a process of its own, so that the most memory that this process
 * ever held is the most that the work needs: `memory-child.ts INPUT OUTPUT`. Prints one line of JSON.
 */
import { loadModel, optimize, saveModel } from '@tfjs-optimize/core';
import { inference } from '@tfjs-optimize/fusion';

async function main(): Promise<void> {
  const [input = '', output = ''] = process.argv.slice(2);
  const before = process.memoryUsage.rss();
  const model = await loadModel(input);
  const { model: fused } = await optimize(model, inference(), { seed: 1 });
  const { bytes } = await saveModel(fused, output);
  // Linux and Node's other platforms give kibibytes here.
  const peak = process.resourceUsage().maxRSS * 1024;
  process.stdout.write(`${JSON.stringify({ before, peak, bytes, nodes: fused.graph.size })}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
