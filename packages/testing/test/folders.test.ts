import { expect } from 'chai';
import * as fs from 'node:fs';
import * as path from 'node:path';
import {
  golden,
  goldenTensor,
  isGoldenTensor,
  needGolden,
  needShared,
  repoRoot,
  runChild,
  sharedDir,
  tempFolder,
  withTempFolder,
} from '@tfjs-optimize/testing';

const SKIPPED = new Error('skipped');
const context = {
  skip(): never {
    throw SKIPPED;
  },
};

describe('folders of the tests', () => {
  const before = process.env['TFJS_OPTIMIZE_SHARED'];
  let shared = '';

  beforeEach(() => {
    shared = tempFolder();
    process.env['TFJS_OPTIMIZE_SHARED'] = shared;
  });

  afterEach(() => {
    if (before === undefined) {
      delete process.env['TFJS_OPTIMIZE_SHARED'];
    } else {
      process.env['TFJS_OPTIMIZE_SHARED'] = before;
    }
  });

  it('finds the root of the repository', () => {
    expect(fs.existsSync(path.join(repoRoot(), 'packages', 'testing'))).to.equal(true);
  });

  it('finds shared data, and skips a test whose data is missing', () => {
    fs.mkdirSync(path.join(shared, 'data', 'x'), { recursive: true });
    expect(sharedDir('data', 'x')).to.equal(path.join(shared, 'data', 'x'));
    expect(sharedDir('data', 'y')).to.equal(undefined);
    expect(needShared(context, 'data')).to.equal(path.join(shared, 'data'));
    expect(() => needShared(context, 'data', 'y')).to.throw(SKIPPED);
  });

  it('reads golden files with their NaN and infinities as numbers', () => {
    const tensor = { dtype: 'float32', shape: [3], data: ['NaN', 'Infinity', '-Infinity'] };
    const file = {
      topic: 't',
      source: 's',
      notes: [],
      cases: [{ name: 'c', inputs: { tensor }, outputs: {} }],
    };
    fs.mkdirSync(path.join(shared, 'golden'));
    fs.writeFileSync(path.join(shared, 'golden', 'a.json'), JSON.stringify(file));
    const inputs = golden('a')?.cases[0]?.inputs ?? {};
    expect(isGoldenTensor(inputs['tensor'])).to.equal(true);
    expect(goldenTensor(inputs, 'tensor').data).to.deep.equal([
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
    ]);
    expect(() => goldenTensor(inputs, 'other')).to.throw('got one of tensor');
    expect(golden('b')).to.equal(undefined);
    expect(() => needGolden(context, 'b')).to.throw(SKIPPED);
  });

  it('removes temporary folders when work ends, when it throws, and when the process ends', async () => {
    const kept = await withTempFolder((folder) => {
      expect(fs.existsSync(folder)).to.equal(true);
      return folder;
    });
    expect(fs.existsSync(kept)).to.equal(false);
    let seen = '';
    const failure = await withTempFolder((folder) => {
      seen = folder;
      throw new Error('inside');
    }).catch(String);
    expect(failure).to.contain('inside');
    expect(fs.existsSync(seen)).to.equal(false);
    const child = await runChild(path.join(repoRoot(), 'packages/testing/test/fixtures/make-temp.cjs'), [], {
      nodeOptions: ['--disable-warning=DEP0180'], // of ts-node, on newer versions of Node.js
    });
    expect(child.stderr).to.equal('');
    expect(child.stdout.trim()).to.not.equal('');
    expect(fs.existsSync(child.stdout.trim())).to.equal(false);
  });
});
