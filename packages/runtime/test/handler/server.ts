import { savedFiles, type Model } from '@tfjs-optimize/core';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a server says to a request. */
export type Answer = (request: http.IncomingMessage, response: http.ServerResponse) => void;

/** The files of a model by name. */
export function filesOf(model: Model, shardBytes = 20): Map<string, Buffer> {
  return new Map(savedFiles(model, shardBytes).map(({ path, pieces }) => [path, Buffer.concat(pieces)]));
}

/** Serves files below `/model/`, for any query. */
export function serving(files: ReadonlyMap<string, Uint8Array>): Answer {
  return (request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://localhost');
    const found = files.get(pathname.replace('/model/', ''));
    response.writeHead(found === undefined ? 404 : 200).end(found ?? 'nothing here');
  };
}

/** A server on this machine. */
export class LoopbackServer {
  answer: Answer = (_, response) => response.writeHead(500).end();
  readonly asked: string[] = [];
  base = '';
  private readonly server = http.createServer((request, response) => {
    this.asked.push(request.url ?? '');
    this.answer(request, response);
  });

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.base = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
