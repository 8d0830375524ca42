import '@tfjs-optimize/wasm';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { useEngine } from '../support/tester.js';
import { gradientsOf, TRAINED_LAYERS, whyNot } from './layers.js';

const root = path.join(__dirname, '../../../..');

async function trainable(which: 'stock' | 'ours'): Promise<Readonly<Record<string, boolean>>> {
  const flags = ['--conditions=@tfjs-optimize/source', '-r', 'ts-node/register/transpile-only'];
  const child = path.join(__dirname, 'child.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, child, which], { cwd: root });
  return JSON.parse(stdout.slice(stdout.lastIndexOf('{'))) as Record<string, boolean>;
}

/** Rows of the table in docs/kernels.md: a layer, whether stock trains it, whether ours does. */
function documented(): Readonly<Record<string, readonly [stock: boolean, ours: boolean]>> {
  const text = fs.readFileSync(path.join(root, 'docs/kernels.md'), 'utf8');
  const table = text.slice(text.search(/^\| layer\s+\|/m)).split('\n\n')[0] as string;
  const rows = table
    .split('\n')
    .slice(2)
    .map((line) => line.split('|').map((cell) => cell.trim()) as [string, string, string, string]);
  return Object.fromEntries(
    rows.map(([, name, stock, ours]) => [name, [stock === 'yes', ours === 'yes'] as const]),
  );
}

describe('training of stock layers', () => {
  before(useEngine);
  after(() => tf.setBackend('wasm'));

  it('is possible on the wasm backend, without and with our kernels, where docs/kernels.md says so', async function () {
    this.timeout(60_000);
    const [stock, ours] = await Promise.all([trainable('stock'), trainable('ours')]);
    const found = Object.fromEntries(
      TRAINED_LAYERS.map(({ name }) => [name, [stock[name], ours[name]] as const]),
    );
    expect(found).to.deep.equal(documented());
  });

  for (const layer of TRAINED_LAYERS.filter(({ isRandom }) => isRandom !== true)) {
    it(`has the gradients of the cpu backend: ${layer.name}`, async function () {
      await tf.setBackend('cpu');
      const reason = whyNot(layer);
      if (reason !== undefined) {
        // What TensorFlow.js has no gradient for has none on any backend.
        expect(reason).to.match(/gradient function not found|not yet supported in gradients/);
        return;
      }
      const cpu = gradientsOf(layer);
      const wanted = Object.values(cpu.grads).map((each) => Array.from(each.dataSync()));
      await tf.setBackend('wasm');
      const wasm = gradientsOf(layer);
      const found = Object.values(wasm.grads).map((each) => Array.from(each.dataSync()));
      expect(found.length).to.equal(wanted.length).and.to.be.greaterThan(0);
      // A bias before a batch norm has no part in the loss: its gradient is what is left of large numbers.
      const most = Math.max(...wanted.flat().map(Math.abs));
      wanted.forEach((values, i) => {
        values.forEach((value, j) => expect(found[i]?.[j]).to.be.closeTo(value, 1e-4 * most));
      });
      tf.dispose([cpu.grads, cpu.value, wasm.grads, wasm.value]);
    });
  }
});
