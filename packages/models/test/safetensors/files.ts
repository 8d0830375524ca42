/** A safetensors file put together by hand: any header, any bytes. */
export function fileOf(header: unknown, data: Uint8Array = new Uint8Array(0), length?: number): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length ?? text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}

/** A server of one file, and the ranges that were asked of it. */
export function server(file: Uint8Array, knowsRanges = true): { fetchFunc: typeof fetch; asked: string[] } {
  const asked: string[] = [];
  const fetchFunc: typeof fetch = (_url, init) => {
    const range = new Headers(init?.headers).get('Range') ?? '';
    asked.push(range);
    if (!knowsRanges || range === '') return Promise.resolve(new Response(file.slice(), { status: 200 }));
    const [, from, to] = /bytes=(\d+)-(\d+)/.exec(range) as unknown as [string, string, string];
    const end = Math.min(Number(to) + 1, file.length);
    const headers = { 'Content-Range': `bytes ${from}-${end - 1}/${file.length}` };
    return Promise.resolve(new Response(file.slice(Number(from), end), { status: 206, headers }));
  };
  return { fetchFunc, asked };
}
