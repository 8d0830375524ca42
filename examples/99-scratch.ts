import * as tf from '@tensorflow/tfjs';
import { fit, traceLayersModel, loadModel, abortOnInterrupt, schedules } from '@tfjs-optimize/core';
import { distill, layerMap } from '@tfjs-optimize/distillation';
import '@tfjs-optimize/wasm';
import { backend } from '@tfjs-optimize/core';
import * as fs from 'node:fs';
await backend.use();
const net = (units: number[], inp = 6, classes = 3, names = 'd') => tf.sequential({ layers: [
  ...units.map((u, i) => tf.layers.dense({ units: u, activation: 'relu', name: `${names}_${i}`, ...(i === 0 ? { inputShape: [inp] } : {}) })),
  tf.layers.dense({ units: classes, name: `${names}_out` })] });
const inputs = tf.randomUniform([200, 6], -1, 1, 'float32', 1);
const labels = tf.argMax(inputs.slice([0, 0], [-1, 3]), 1).toInt();
const data = { inputs, labels };
const teacher = traceLayersModel(net([32, 32]));
const student = () => traceLayersModel(net([8]));
const say = async (what: string, work: () => Promise<unknown>) => {
  try { const r = await work() as any; console.log(`[${what}] ok`, r?.history?.at(-1)?.numbers ?? r, r?.notes ?? ''); }
  catch (e) { const x = e as any; console.log(`[${what}] ${x.name} ${x.code}: ${x.message}`); }
};
await say('plain', () => distill(student(), teacher, { data: { inputs }, epochs: 3 }));
await say('layers student', () => distill(net([8]), net([32]), { data, epochs: 1 }));
await say('class counts', () => distill(student(), traceLayersModel(net([8], 6, 4)), { data, epochs: 1 }));
await say('input shapes', () => distill(student(), traceLayersModel(net([8], 5)), { data, epochs: 1 }));
await say('empty', () => distill(student(), teacher, { data: { inputs: tf.zeros([0, 6]) }, epochs: 1 }));
await say('labels range', () => distill(student(), teacher, { data: { inputs, labels: tf.fill([200], 7, 'int32') }, epochs: 1 }));
await say('labels range, alpha 1', () => distill(student(), teacher, { data: { inputs, labels: tf.fill([200], 7, 'int32') }, epochs: 1, alpha: 1 }));
await say('labels range, validation', () => distill(student(), teacher, { data, validation: { inputs, labels: tf.fill([200], 7, 'int32') }, epochs: 1 }));
const gen = (n: number) => function* () { for (let i = 0; i < n; i++) yield { inputs: tf.zeros([4, 6]), labels: tf.zeros([4], 'int32') }; };
await say('ends early', () => distill(student(), teacher, { data: gen(3), stepsPerEpoch: 5, epochs: 2 }));
await say('generator, folder', () => distill(student(), teacher, { data: gen(3), epochs: 2, cache: { folder: '/tmp/never' } }));
await say('generator', () => distill(student(), teacher, { data: gen(3), epochs: 2, alpha: 0.5 }));
await say('dataset', () => distill(student(), teacher, { data: tf.data.array(Array.from({length: 8}, (_, i) => ({ xs: [1,2,3,4,5,i], ys: i % 3 }))).batch(4) as any, epochs: 2 }));
await say('generator wrong inputs', () => distill(student(), teacher, { data: function* () { yield { inputs: tf.zeros([4, 5]) }; }, epochs: 2 }));
await say('NaN teacher', () => distill(student(), teacher.with({ weights: teacher.weights.with(new Map([['d_0/bias', (await0(teacher))]])) }), { data, epochs: 2 }));
function await0(m: any) { const w = m.weights.need('d_0/bias'); const v = new Float32Array(w.size).fill(NaN); return (w.constructor as any).of(v, w.shape); }
await say('NaN data', () => distill(student(), teacher, { data: { inputs: tf.mul(inputs, NaN), labels }, epochs: 2 }));
await say('lr', () => distill(student(), teacher, { data, epochs: 2, learningRate: 1e30, optimizer: 'sgd' }));
await say('feature', () => distill(student(), teacher, { data, epochs: 2, match: [{ student: 'dd_0', teacher: 'd_1' }] }));
await say('feature2', () => distill(student(), teacher, { data, epochs: 2, match: [{ student: 'd_0', teacher: 'relu' }] }));
await say('feature weight const', () => distill(student(), teacher, { data, epochs: 2, match: [{ student: 'd_0/kernel', teacher: 'd_0/kernel' }] }));
await say('feature shape', () => distill(student(), teacher, { data, epochs: 1, match: [{ student: 'd_0', teacher: 'd_0', projection: false }] }));
await say('layerMap', async () => layerMap(['a', 'b', 'c'], ['x', 'y']));
await say('layerMap wrong', async () => layerMap('a' as any, ['x', 'y']));
await say('layerMap choose', async () => layerMap(['a'], ['x', 'y'], 'evn' as any));
await say('temperature schedule', () => distill(student(), teacher, { data, epochs: 2, temperature: schedules.cosine({ from: 4, to: 1 }), alpha: schedules.polynomial({ from: 1 }) }));
await say('temperature schedule to 0', () => distill(student(), teacher, { data, epochs: 2, temperature: schedules.cosine({ from: 4 }) }));
await say('string data', () => distill(student(), teacher, { data: 'x' as any, epochs: 2 }));
await say('no options', () => (distill as any)(student(), teacher));
await say('no epochs', () => (distill as any)(student(), teacher, { data }));
await say('no teacher', () => (distill as any)(student(), undefined, { data, epochs: 1 }));
await say('function teacher', () => (distill as any)(student(), (x: any) => x, { data, epochs: 1 }));
await say('no student', () => (distill as any)('student', teacher, { data, epochs: 1 }));
await say('losses', () => distill(student(), teacher, { data, epochs: 1, losses: [{ loss: 'meanSquaredEror' as any }] }));
await say('losses null', () => distill(student(), teacher, { data, epochs: 1, losses: [null as any] }));
await say('losses own', () => distill(student(), teacher, { data, epochs: 1, losses: [{ loss: ({ outputs }) => tf.mean(tf.abs(outputs[0]!)), weight: 0.01 }] }));
await say('metrics str', () => distill(student(), teacher, { data, epochs: 1, metrics: 'accuracy' as any }));
await say('most', () => distill(student(), teacher, { data, validation: data, epochs: 2, cache: { most: 100 }, progress: (e) => console.log('   ', e.task, e.message) }));
await say('two teachers', () => distill(student(), [teacher, { model: net([12]), weight: 2, backend: 'cpu' }], { data, epochs: 2 }));
await say('two teachers, softmax and logits', () => distill(student(), [teacher, tf.sequential({ layers: [tf.layers.dense({ units: 3, inputShape: [6], activation: 'softmax' })] })], { data, epochs: 2 }));
const stop = new AbortController();
fs.rmSync('/tmp/scratch-ck', { recursive: true, force: true });
fs.rmSync('/tmp/scratch-ans', { recursive: true, force: true });
const common = { data, epochs: 40, checkpoint: { folder: '/tmp/scratch-ck', resume: true }, cache: { folder: '/tmp/scratch-ans' } };
await say('abort', () => distill(student(), teacher, { ...common, signal: stop.signal, callbacks: { onEpoch: ({ epoch }: any) => void (epoch === 3 && stop.abort()) } }));
await say('resume', () => distill(student(), teacher, common));
await say('resume other match', () => distill(student(), teacher, { ...common, match: [{ student: 'd_0', teacher: 'd_0' }] }));
console.log(fs.readdirSync('/tmp/scratch-ans'), (await loadModel('/tmp/scratch-ans')).signature.outputs.map((o) => o.key));
void abortOnInterrupt; void fit;
