/**
 * Bytes that gzip makes of the pieces one after the other, at the default level of the engine's own
 * compressor, which Node and browsers have.
 */
export async function gzipBytes(pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<number> {
  const { readable, writable } = new CompressionStream('gzip');
  const [size] = await Promise.all([sizeOf(readable.getReader()), write(writable.getWriter(), pieces)]);
  return size;
}

async function write(
  writer: WritableStreamDefaultWriter<BufferSource>,
  pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<void> {
  // Weights are never in shared memory, which is what the wider type of their bytes allows for.
  for await (const piece of pieces) await writer.write(piece as Uint8Array<ArrayBuffer>);
  await writer.close();
}

async function sizeOf(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<number> {
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return size;
    size += value.byteLength;
  }
}
