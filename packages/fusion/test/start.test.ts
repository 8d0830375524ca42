import { expect } from 'chai';
import { createRequire } from 'node:module';
import * as path from 'node:path';
import { coverageOptions, repoRoot, runChild } from '@tfjs-optimize/testing';

describe('passes where no backend has started yet', function () {
  this.timeout(60_000);

  it('start the best one, which stays in charge; rules alone decline', async () => {
    const { stdout, stderr } = await runChild(path.join(__dirname, 'start-child.ts'), [], {
      env: { TS_NODE_PROJECT: path.join(repoRoot(), 'tsconfig.base.json') },
      nodeOptions: [
        ...coverageOptions(),
        '--conditions=@tfjs-optimize/source',
        '--require',
        createRequire(__filename).resolve('ts-node/register'),
      ],
    });
    const answer: unknown = JSON.parse(stdout.trim().split('\n').at(-1) ?? stderr);
    expect(answer).to.deep.equal({
      changed: false,
      note: 'fold-constants at folded (Exp): needs a backend of TensorFlow.js that has started: await tf.ready()',
      ops: ['Const', 'Const'],
      backend: 'wasm',
    });
  });
});
