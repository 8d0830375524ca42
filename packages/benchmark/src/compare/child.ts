/*
 * What a child process of `compare` with `isolate` runs: it opens one candidate, and is then asked for calls
 * and samples. It ends when its parent does, or lets go of it.
 */
import * as tf from '@tensorflow/tfjs';
import { backend, fileHandler, importModule, isOptimizeError } from '@tfjs-optimize/core';
import type { Candidate } from '../measure/candidate.js';
import { processPeakBytes } from '../memory/process-peak.js';
import { open } from './location.js';
import { localSide, type Side } from './side.js';
import { unpackInputs, type Calls, type Method, type Parcel, type Request, type Response } from './wire.js';

let side: Side | undefined;

const answers: { readonly [M in Method]: (ask: Calls[M]['ask']) => Promise<Calls[M]['answer']> } = {
  async open({ name, parcel, inputs, backend: backendName, modules }) {
    for (const module of modules) await importModule(module);
    await backend.use(backendName);
    side = localSide(name, await candidateOf(parcel), unpackInputs(inputs));
    return { ports: side.ports };
  },
  prepare: () => opened().prepare(),
  firstCall: () => opened().firstCall(),
  warmUp: (limits) => opened().sampler.warmUp(limits),
  sample: ({ calls }) => opened().sampler.sample(calls),
  kernelTimes: () => opened().kernelTimes(),
  async memory({ calls }) {
    const record = await opened().memory(calls);
    return { ...record, processPeakBytes: await processPeakBytes() };
  },
};

function opened(): Side {
  if (side === undefined) throw new Error('internal: expected a candidate to be open');
  return side;
}

async function candidateOf(parcel: Parcel): Promise<Candidate> {
  switch (parcel.kind) {
    case 'model':
      return (await open(parcel.location)).candidate;
    case 'layers':
      return tf.loadLayersModel(fileHandler(parcel.location));
    case 'graph':
      return tf.loadGraphModel(fileHandler(parcel.location));
    case 'function':
      return (await open(parcel)).candidate;
  }
}

async function respond<M extends Method>({ id, method, ask }: Request<M>): Promise<Response> {
  try {
    return { id, answer: await answers[method](ask) };
  } catch (error) {
    if (isOptimizeError(error)) {
      const { code, subject, message } = error;
      return { id, error: { code, subject, message } };
    }
    return { id, error: { message: error instanceof Error ? error.message : String(error) } };
  }
}

process.on('message', (request: Request) => {
  void respond(request).then((response) => process.send?.(response));
});
process.on('disconnect', () => process.exit());
// Ctrl-C reaches a whole group of processes; the parent ends this one.
process.on('SIGINT', () => {});
