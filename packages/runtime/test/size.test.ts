import { repoRoot } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import * as esbuild from 'esbuild';
import * as path from 'node:path';
import { gzipSync } from 'node:zlib';

/** Most bytes that a page may load more. */
const LIMIT = 15_000;

describe('the size of the runtime', () => {
  it(`is below ${LIMIT / 1000} kB, bundled for browsers, minified and compressed, without TensorFlow.js`, async () => {
    const { outputFiles, metafile, warnings } = await esbuild.build({
      entryPoints: [path.join(repoRoot(), 'packages/runtime/src/index.ts')],
      bundle: true,
      minify: true,
      format: 'esm',
      platform: 'browser',
      external: ['@tensorflow/*'],
      metafile: true,
      write: false,
      logLevel: 'silent',
    });
    expect(warnings).to.deep.equal([]);
    const [bundle] = Object.values(metafile.outputs);
    const peers = new Set(['@tensorflow/tfjs-core', '@tensorflow/tfjs-converter']);
    expect((bundle?.imports ?? []).filter(({ path: name }) => !peers.has(name))).to.deep.equal([]);
    const code = outputFiles[0]?.contents as Uint8Array;
    // The loader and the ops are in there.
    expect(new TextDecoder().decode(code)).to.contain('tfjsOptimizePacked').and.to.contain('Conv2D');
    expect(gzipSync(code).length).to.be.below(LIMIT);
  });
});
