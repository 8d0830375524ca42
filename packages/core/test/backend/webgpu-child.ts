// Run by webgpu.test.ts in a process that has Chromium's SwiftShader as its only driver of Vulkan: a crash of Dawn must
// not end the tests. Each mode prints one line of JSON.
import * as tf from '@tensorflow/tfjs';
import { backend, fit, isOptimizeError, traceLayersModel, type Model } from '@tfjs-optimize/core';
import { nets } from '@tfjs-optimize/testing';

interface Device {
  destroy(): void;
  createBuffer(descriptor: { size: number; usage: number }): unknown;
}

const deviceInUse = (): Device => (tf.backend() as unknown as { device: Device }).device;

/** An error as its code and message. */
async function told(work: () => unknown): Promise<string> {
  try {
    await work();
    return 'nothing thrown';
  } catch (error) {
    return isOptimizeError(error) ? `${error.code} ${error.message}` : String(error);
  }
}

const traced = (net: tf.LayersModel, shape: number[]) => ({ model: traceLayersModel(net), shape });

function recurrent(layer: tf.layers.Layer): tf.LayersModel {
  return nets.seedWeights(
    tf.sequential({ layers: [layer, tf.layers.dense({ units: 3, activation: 'softmax' })] }),
    7,
  );
}

/** Networks, with inputs of more than the thousand numbers up to which TensorFlow.js leaves the work to the CPU. */
const NETS: Readonly<Record<string, () => { model: Model<'float'>; shape: number[] }>> = {
  lenet: () => traced(nets.lenet({ seed: 1 }), [2, 28, 28, 1]),
  residual: () => traced(nets.residual({ seed: 2 }), [2, 16, 16, 3]),
  bert: () => traced(nets.bert({ length: 16, hidden: 32, heads: 2, blocks: 1, seed: 3 }), [2, 16, 32]),
  lstm: () => traced(recurrent(tf.layers.lstm({ units: 8, inputShape: [4, 32] })), [8, 4, 32]),
};

async function outputsOf(model: Model, shape: readonly number[]): Promise<number[]> {
  const x = nets.uniformTensor(shape, 11);
  const outputs = await model.runAsync(x);
  const values = await Promise.all(outputs.map((output) => output.data()));
  tf.dispose([x, outputs]);
  return values.flatMap((each) => Array.from(each));
}

/** What cpu and webgpu compute, and tensors that a run leaves behind. */
async function onBoth(name: string) {
  await tf.setBackend('cpu');
  const { model, shape } = (NETS[name] as () => { model: Model<'float'>; shape: number[] })();
  const cpu = await outputsOf(model, shape);
  await backend.use('webgpu');
  await outputsOf(model, shape);
  const before = tf.memory().numTensors;
  const webgpu = await outputsOf(model, shape);
  const leaked = tf.memory().numTensors - before;
  model.dispose();
  return { cpu, webgpu, leaked };
}

/** The losses of a short training. */
async function lossesOn(name: 'cpu' | 'webgpu'): Promise<number[]> {
  await backend.use(name);
  const net = tf.sequential({
    layers: [
      tf.layers.conv2d({ inputShape: [12, 12, 1], filters: 4, kernelSize: 3, activation: 'relu' }),
      tf.layers.maxPooling2d({ poolSize: 2 }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 3 }),
    ],
  });
  const { model } = traced(nets.seedWeights(net, 5), []);
  const inputs = nets.uniformTensor([12, 12, 12, 1], 4);
  const labels = tf.oneHot(tf.tensor1d([0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2], 'int32'), 3).toFloat();
  const { history } = await fit(model, {
    data: { inputs, labels },
    loss: 'crossEntropy',
    batchSize: 6,
    epochs: 2,
    seed: 3,
  });
  tf.dispose([inputs, labels]);
  return history.map(({ numbers }) => numbers['loss'] as number);
}

const modes: Readonly<Record<string, () => unknown>> = {
  async nets() {
    const auto = await backend.use('auto');
    const report = await backend.use('webgpu');
    const found: Record<string, unknown> = {};
    for (const name of Object.keys(NETS)) found[name] = await onBoth(name);
    return { auto, report, text: backend.describe(), found };
  },

  async training() {
    return { cpu: await lossesOn('cpu'), webgpu: await lossesOn('webgpu') };
  },

  async failures() {
    await backend.use('webgpu');
    const { model, shape } = traced(nets.mlp({ seed: 1 }), [80, 16]);
    const wide = tf.layers.dense({ inputShape: [1], units: 2 ** 20, useBias: false });
    const large = traceLayersModel(tf.sequential({ layers: [wide] }));
    const right = await outputsOf(model, shape);
    const ones = tf.ones([300, 1]);
    const tooLarge = await told(() => large.run(ones));
    const tooLargeLater = await told(() => large.runAsync(ones));
    const afterwards = await outputsOf(model, shape);
    const x = nets.uniformTensor(shape, 11);
    const sync = await told(() => model.run(x)[0]?.dataSync());
    // A buffer for no use is what Dawn refuses: as with programs that it does not compile, nobody is told but the device.
    deviceInUse().createBuffer({ size: 4, usage: 0 });
    const refused = await told(() => model.run(x));
    await backend.use('webgpu');
    const renewed = await outputsOf(model, shape);
    return { right, tooLarge, tooLargeLater, afterwards, sync, refused, renewed };
  },

  async lost() {
    const losses: unknown[] = [];
    backend.onLost((loss) => losses.push(loss));
    await backend.use('webgpu');
    const { model, shape } = traced(nets.mlp({ seed: 1 }), [80, 16]);
    const right = await outputsOf(model, shape);
    const x = nets.uniformTensor(shape, 11);
    const [y] = model.run(x);
    deviceInUse().destroy();
    const reading = await told(() => y?.data());
    const running = await told(() => model.run(x));
    const report = backend.report();
    await backend.use('webgpu');
    return { right, reading, running, losses, report, renewed: await outputsOf(model, shape) };
  },

  async exit() {
    await backend.use('webgpu');
    const { model, shape } = traced(nets.mlp({ seed: 1 }), [80, 16]);
    void model.run(nets.uniformTensor(shape, 11))[0]?.data();
    process.exit(3);
  },
};

void (async () => {
  process.stdout.write(`${JSON.stringify(await modes[process.argv[2] ?? '']?.())}\n`);
})();
