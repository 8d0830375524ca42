import { tf, fused, rangesOf, convertStatic, savedBytes, printGraph, asyncNodeOf } from './h.js';
import { DEV_MODELS } from '../../fusion/bench/dev-models.js';
(async () => {
  await tf.setBackend('wasm'); await tf.ready();
  const only = process.argv.slice(2);
  for (const m of DEV_MODELS.filter(d => !only.length || only.some(o => d.name.includes(o)))) {
    try {
    const model = await fused(m.name);
    const data = [1,2,3].map(s => m.inputs(s));
    const isAsync = asyncNodeOf(model.graph) !== undefined;
    const ranges = isAsync ? () => undefined : await rangesOf(model, data);
    const t = Date.now();
    const { model: q, notes, changed } = convertStatic(model, ranges);
    console.log(m.name, changed, Date.now() - t, 'ms', savedBytes(model), savedBytes(q), (100 * savedBytes(q) / savedBytes(model)).toFixed(1) + '%');
    for (const n of notes) console.log('   ', n.message, n.subject ?? '');
    const counts: Record<string, number> = {};
    for (const n of q.graph) counts[n.op.replace('@tfjs-optimize/runtime', '')] = (counts[n.op.replace('@tfjs-optimize/runtime', '')] ?? 0) + 1;
    console.log('   ', JSON.stringify(counts));
    if (only.length) console.log(printGraph(q.graph));
    const x = data[1]!;
    const a = await model.runAsync(x), b = await q.runAsync(x);
    a.forEach((t, i) => { const d = tf.max(tf.abs(tf.sub(t.toFloat(), b[i]!.toFloat()))).dataSync()[0]; const mx = tf.max(tf.abs(t.toFloat())).dataSync()[0]; console.log('    diff', d, 'of', mx, t.shape.join(), b[i]!.dtype); });
    } catch (e) { console.log(m.name, (e as Error).stack?.slice(0, 1500)); }
  }
})();
