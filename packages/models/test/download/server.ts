import { createHash } from 'node:crypto';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';

/** How a server misbehaves, by the number of the request from 0 on. */
export interface Behaviour {
  /** Statuses instead of an answer; 0 answers. */
  readonly statuses?: readonly number[];
  /** Bytes after which the connection is cut; Infinity sends all. */
  readonly cutAfter?: readonly number[];
  /** Sends nothing after so many bytes, and leaves the connection open. */
  readonly stallAfter?: readonly number[];
  /** Bytes after which the connection is closed as at the end of a file, with no length told before. */
  readonly endAfter?: readonly number[];
  readonly ranges?: boolean;
  readonly etag?: string | undefined;
  readonly retryAfter?: string;
}

export interface Server {
  readonly url: string;
  readonly sha256: string;
  /** Headers of the requests that came. */
  readonly requests: http.IncomingHttpHeaders[];
  body: Uint8Array;
  behaviour: Behaviour;
  close(): Promise<void>;
}

/** A server on loopback for one file. */
export async function serve(body: Uint8Array, path = '/weights.bin'): Promise<Server> {
  const requests: http.IncomingHttpHeaders[] = [];
  const state = { body, behaviour: { ranges: true, etag: '"one"' } as Behaviour };
  const server = http.createServer((request, response) => {
    const at = requests.push(request.headers) - 1;
    const {
      statuses = [],
      cutAfter = [],
      stallAfter = [],
      endAfter = [],
      ranges,
      etag,
      retryAfter,
    } = state.behaviour;
    const status = request.url === path ? (statuses[at] ?? 0) : 404;
    if (status !== 0) {
      response.writeHead(status, retryAfter === undefined ? {} : { 'Retry-After': retryAfter }).end();
      return;
    }
    const wanted = /^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1];
    const isSame = request.headers['if-range'] === undefined || request.headers['if-range'] === etag;
    const start = ranges === true && wanted !== undefined && isSame ? Number(wanted) : 0;
    const size = state.body.byteLength;
    const headers: Record<string, string> = { 'Content-Length': String(size - start) };
    if (etag !== undefined) headers['ETag'] = etag;
    if (start > 0) headers['Content-Range'] = `bytes ${start}-${size - 1}/${size}`;
    if (start >= size) {
      response.writeHead(416, { 'Content-Range': `bytes */${size}` }).end();
      return;
    }
    const [cut, stall, end] = [cutAfter[at], stallAfter[at], endAfter[at]].map((n) => n ?? Infinity) as [
      number,
      number,
      number,
    ];
    if (end !== Infinity) {
      delete headers['Content-Length'];
      [response.useChunkedEncodingByDefault, response.shouldKeepAlive] = [false, false];
    }
    response.writeHead(start > 0 ? 206 : 200, headers);
    const sent = Math.min(cut, stall, end, size - start);
    response.write(state.body.subarray(start, start + sent), () => {
      // Time for what was written to be read: what a client has not read when the connection ends is lost to it.
      if (cut !== Infinity) setTimeout(() => response.destroy(), 100);
      else if (stall === Infinity) response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(state, {
    url: `http://127.0.0.1:${port}${path}`,
    sha256: createHash('sha256').update(body).digest('hex'),
    requests,
    close: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  });
}
