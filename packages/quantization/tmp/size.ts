import { tf, fused, convertStatic } from './h.js';
import { calibrate, rangesFact } from '../src/index.js';
import { saveModel } from '@tfjs-optimize/core';
(async () => {
  await tf.setBackend('wasm'); await tf.ready();
  const model = await fused('mobilenet-v1-025-imagenet-layers');
  const c = await calibrate(model, { data: tf.randomUniform([1, 224, 224, 3], -1, 1) });
  const { model: q } = convertStatic(c, v => c.facts.need(rangesFact).values.get(v), { scaleType: 'bfloat16' });
  const r = await saveModel(q, '/tmp/qs/out', { overwrite: true });
  console.log(r.files);
})();
