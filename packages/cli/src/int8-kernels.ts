import { builtIn, type BackendName, type Model } from '@tfjs-optimize/core';

/** What runs the int8 ops of models. */
export interface Int8Kernels {
  /** In words, for each backend; nothing where no model has such ops. */
  readonly notes: readonly string[];
  /** What processes that begin afresh import for the same. */
  readonly modules: readonly string[];
}

/**
 * Lets int8 models run on the kernels of `@tfjs-optimize/wasm` where the backend is wasm; those of floats come with them.
 * @param backends those that models run on; the first is in use.
 */
export async function int8Kernels(
  models: readonly Model[],
  backends: readonly BackendName[],
): Promise<Int8Kernels> {
  if (!models.some(({ stage }) => stage === 'integer')) return { notes: [], modules: [] };
  const notes: string[] = [];
  for (const [i, name] of backends.entries()) {
    if (name === 'wasm') notes.push(await wasmNote(i === 0));
    else notes.push(`int8 ops run by their references on ${name}: exact, and slow. wasm has kernels`);
  }
  return { notes, modules: backends.includes('wasm') ? await kernelFiles() : [] };
}

async function wasmNote(isInUse: boolean): Promise<string> {
  const { integerForm } = await import('@tfjs-optimize/wasm/integer');
  const form = isInUse ? integerForm() : undefined;
  if (isInUse && form === undefined)
    return 'int8 ops run by their references on wasm: the kernels of @tfjs-optimize/wasm do not run here';
  const how = form === undefined ? '' : ` (${form} SIMD)`;
  return `int8 ops run by the kernels of @tfjs-optimize/wasm${how}, and so do floats`;
}

/** The file of the kernels, which lies beside this program; none where this is part of another one. */
async function kernelFiles(): Promise<string[]> {
  const { realpathSync } = await builtIn('fs');
  const { createRequire } = await builtIn('module');
  try {
    const require = createRequire(realpathSync(process.argv[1] ?? ''));
    return [require.resolve('@tfjs-optimize/wasm/integer')];
  } catch {
    return [];
  }
}
