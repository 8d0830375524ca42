import { backend } from '@tfjs-optimize/core';
import { sharedModel } from './real-models.js';
async function main() {
  await backend.use('cpu');
  const model = await sharedModel('transformer-lm-uint8-graph');
  for (const [name, w] of model.weights) if (w.encoding.kind==='affine' && w.shape.length===2) {
    const {scale,min}=w.encoding; const zp=-min/scale; const v=w.bytes; let over=0; const n=w.shape[1]!; const chan=new Set<number>();
    for (let i=0;i<v.length;i++) if (Math.abs(v[i]!-Math.round(zp))>127) {over++; chan.add(i%n);}
    console.log(name.slice(-40), w.shape, 'zp', zp.toFixed(3), 'over', over, 'channels', chan.size);
  }
}
void main();
