/** Section of a WebAssembly module that says what it imports. */
const IMPORTS = 2;
/** `env` `memory`, each behind its length; a memory; any size. See `build/kernels.mjs`. */
const ANY_MEMORY = '3,101,110,118,6,109,101,109,111,114,121,2,0,0';
/** Shared, of at least 0 and at most 65 536 pages, which is as large as a memory can be. */
const SHARED_LIMITS = [3, 0, 0x80, 0x80, 4];

/**
 * A module of ours whose memory several threads use: the type of its import must say so, the code is the same. What it
 * imports is one memory, as its section of imports says in one place.
 */
export function withSharedMemory(module: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const at = importsOf(module);
  const size = module[at + 1] as number;
  const [start, end] = [at + 2, at + 2 + size];
  // Behind the number of imports, which is one.
  if (module.slice(start + 1, end).join() !== ANY_MEMORY)
    throw new Error('internal: expected kernels that import one memory, got others');
  const imports = [...module.slice(start, end - 2), ...SHARED_LIMITS];
  return Uint8Array.from([...module.slice(0, at), IMPORTS, imports.length, ...imports, ...module.slice(end)]);
}

/** Where the section of imports begins. */
function importsOf(module: Uint8Array): number {
  // Behind the magic number and the version; each section is its number, its size and its contents.
  let at = 8;
  while (module[at] !== IMPORTS && at < module.length) {
    let size = 0;
    let byte = 0x80;
    for (let shift = 0; byte & 0x80; shift += 7) {
      byte = module[++at] as number;
      size |= (byte & 0x7f) << shift;
    }
    at += 1 + size;
  }
  return at;
}
