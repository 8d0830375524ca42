import '@tfjs-optimize/wasm';
import { backend } from '@tfjs-optimize/core';
import { quantizeDynamic } from '../src/index.js';
import { nextTokens, sharedModel } from './real-models.js';
async function main() {
  await backend.use('wasm');
  const model = await sharedModel('transformer-lm-uint8-graph');
  const qs = [];
  for (const o of [{}, {activation:'int8'}, {ops:['MatMul','BatchMatMulV2']}] as const) qs.push([JSON.stringify(o), (await quantizeDynamic(model, o as any)).model, 0] as [string, any, number]);
  let n=0;
  for (let s=0; s<10; s++) {
    const t = Array.from({length:250},(_,i)=>i*10+s);
    const t0=Date.now(); const c0=process.cpuUsage().user;
    const a = nextTokens(model, t); n+=t.length;
    const c1=process.cpuUsage().user;
    for (const q of qs) q[2] += nextTokens(q[1], t).filter((v,i)=>v!==a[i]).length;
    console.log(n, qs.map(q=>q[0]+' '+q[2]).join('; '), Date.now()-t0, (c1-c0)/250e3, (process.cpuUsage().user-c1)/750e3);
  }
}
void main();
