import { findChromium } from '@tfjs-optimize/testing';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { chromium } from 'playwright-core';
import { bitsOfModels } from '../support/engine-models.js';
import type { EngineFound } from '../support/engine-program.js';
import { findNode, nodeProgram, pageFolder, printed } from '../support/engines.js';
import { serve } from '../support/server.js';

describe('int8 models give the bits of their references in every engine', function () {
  this.timeout(240_000);
  let program = '';
  const wanted = new Map<number, Readonly<Record<string, number>>>();

  before(async () => {
    program = await nodeProgram('engine-program.ts');
    await tf.setBackend('cpu');
    for (const largest of [127, 63]) wanted.set(largest, await bitsOfModels(largest));
  });

  function expectSame({ chosen, runs, warnings }: EngineFound, hasRelaxed: boolean): void {
    expect(warnings).to.deep.equal([]);
    expect(chosen).to.be.oneOf(['plain', 'relaxed']);
    for (const { title, largest, bits } of runs) expect(bits, title).to.deep.equal(wanted.get(largest));
    if (hasRelaxed) expect(runs).to.have.length(2);
  }

  /** Relaxed dot products of newer engines take unsigned bytes on x86. */
  const isX86 = process.arch === 'x64';

  for (const major of [20, 22, 24, 26]) {
    it(`Node.js ${major}, in each form that it has (skipped where it is not found)`, async function () {
      const executable = (await findNode(major)) ?? this.skip();
      // Node.js 20 has relaxed SIMD behind a flag, later ones always.
      const flags = major === 20 ? ['--experimental-wasm-relaxed-simd'] : [];
      const found = (await printed([...flags, program], executable)) as EngineFound;
      expectSame(found, isX86 && major > 20);
    });
  }

  it('Chromium, in each form that it has (skipped where it is not found)', async function () {
    const executablePath = findChromium() ?? this.skip();
    const server = await serve(await pageFolder('engine-program.ts'), false);
    // Chromium refuses to run as root with its sandbox; this is a page of our own.
    const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
    try {
      const page = await browser.newPage();
      await page.goto(`${server.url}/page.html`);
      const found = await page.evaluate(
        () => (globalThis as unknown as { found: Promise<EngineFound> }).found,
      );
      expectSame(found, isX86);
    } finally {
      await browser.close();
      server.close();
    }
  });
});
