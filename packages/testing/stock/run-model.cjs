'use strict';
/*
 * Runs in a process of its own that can see nothing but TensorFlow.js: loads a model from disk with
 * stock tf.loadGraphModel or tf.loadLayersModel and prints its outputs. Request on stdin and answer
 * on stdout are JSON; numbers travel as base64 of little-endian bytes.
 */
const fs = require('node:fs');
const path = require('node:path');
const tf = require('@tensorflow/tfjs');

const ARRAYS = { float32: Float32Array, int32: Int32Array, bool: Uint8Array, complex64: Float32Array };

function fileHandler(modelFile) {
  return {
    load: async () => {
      const model = JSON.parse(fs.readFileSync(modelFile, 'utf8'));
      const groups = model.weightsManifest ?? [];
      const shards = groups.flatMap((group) =>
        group.paths.map((name) => path.join(path.dirname(modelFile), name)),
      );
      const bytes = Buffer.concat(shards.map((shard) => fs.readFileSync(shard)));
      return {
        ...model,
        weightsManifest: undefined,
        weightSpecs: groups.flatMap((group) => group.weights),
        weightData: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength),
      };
    },
  };
}

function toTensor({ dtype, shape, data, strings }) {
  if (dtype === 'string') {
    return tf.tensor(strings, shape, 'string');
  }
  const bytes = Buffer.from(data, 'base64');
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  return tf.tensor(new ARRAYS[dtype](buffer), shape, dtype);
}

async function fromTensor(tensor) {
  const { dtype, shape } = tensor;
  const values = await tensor.data();
  if (dtype === 'string') {
    return { dtype, shape, strings: Array.from(values) };
  }
  return {
    dtype,
    shape,
    data: Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64'),
  };
}

function tensorsOf(inputs) {
  return Array.isArray(inputs)
    ? inputs.map(toTensor)
    : Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, toTensor(value)]));
}

async function runOnce(model, kind, inputs, useAsync, wanted) {
  const tensors = tensorsOf(inputs);
  const outputs =
    kind === 'layers'
      ? model.predict(Array.isArray(tensors) && tensors.length === 1 ? tensors[0] : tensors)
      : useAsync
        ? await model.executeAsync(tensors, wanted)
        : model.execute(tensors, wanted);
  const list = Array.isArray(outputs) ? outputs : [outputs];
  const answer = await Promise.all(list.map(fromTensor));
  tf.dispose([list, tensors]);
  return answer;
}

async function main() {
  const request = JSON.parse(fs.readFileSync(0, 'utf8'));
  const backend = request.backend ?? 'cpu';
  if (backend === 'wasm') {
    const wasm = require('@tensorflow/tfjs-backend-wasm');
    wasm.setWasmPaths(`${path.dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json'))}/dist/`);
  }
  await tf.setBackend(backend);
  await tf.ready();
  const load = request.kind === 'layers' ? tf.loadLayersModel : tf.loadGraphModel;
  const model = await load(fileHandler(request.model));
  const held = tf.memory().numTensors;
  const runs = [];
  for (const inputs of request.runs) {
    runs.push(await runOnce(model, request.kind, inputs, request.async, request.outputs));
  }
  const answer = {
    version: tf.version['tfjs'],
    backend: tf.getBackend(),
    inputNames: request.kind === 'layers' ? model.inputNames : model.inputNodes,
    outputNames: request.kind === 'layers' ? model.outputNames : (request.outputs ?? model.outputNodes),
    leaked: tf.memory().numTensors - held,
    runs,
  };
  fs.writeFileSync(1, JSON.stringify(answer));
}

main().catch((error) => {
  fs.writeFileSync(2, `${error.stack ?? error}\n`);
  process.exitCode = 1;
});
