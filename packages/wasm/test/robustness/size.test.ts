import { expect } from 'chai';
import * as esbuild from 'esbuild';
import { gzipSync } from 'node:zlib';
import { builtFolder } from '../support/built.js';

/** Most bytes that a page may load more, by what it imports. */
const LIMITS = { '@tfjs-optimize/wasm': 60_000, '@tfjs-optimize/wasm/integer': 95_000 };

describe('the size of the package', function () {
  this.timeout(120_000);

  for (const [entry, limit] of Object.entries(LIMITS)) {
    it(`of ${entry} is below ${limit / 1000} kB, bundled, minified and compressed, without TensorFlow.js and the runtime`, async () => {
      const { outputFiles } = await esbuild.build({
        stdin: { contents: `import '${entry}';`, resolveDir: await builtFolder() },
        bundle: true,
        minify: true,
        format: 'esm',
        external: ['@tensorflow/*', '@tfjs-optimize/runtime/*'],
        write: false,
        logLevel: 'error',
      });
      const code = outputFiles[0]?.contents as Uint8Array;
      // The kernels themselves are in there.
      expect(code.length).to.be.above(100_000);
      expect(gzipSync(code).length).to.be.below(limit);
    });
  }
});
