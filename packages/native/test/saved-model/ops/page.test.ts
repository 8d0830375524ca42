import { expect } from 'chai';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { repoRoot } from '@tfjs-optimize/testing';
import { coverage } from '../../../src/saved-model/ops/table.js';
import { OP_CASES } from './cases.js';

/** Ops that are in models of other tests: loops, branches, lists of tensors. */
const ELSEWHERE = (
  'Const Placeholder Enter Exit LoopCond Merge NextIteration Switch If StatelessIf StatelessWhile NoOp ' +
  'TensorListFromTensor TensorListGetItem TensorListReserve TensorListSetItem TensorListStack'
).split(' ');

const listed = (ops: readonly string[]): string => ops.map((op) => `\`${op}\``).join(', ');

describe('docs/native.md', () => {
  const page = fs.readFileSync(path.join(repoRoot(), 'docs/native.md'), 'utf8');
  const { written, refused } = coverage();

  it('lists every op that is written, and those that are not', () => {
    expect(page).to.include(`\n${listed(written)}\n`);
    expect(page).to.include(`\n${listed(refused)}\n`);
  });

  it('tells which of them no test compares', () => {
    const tried = new Set([
      ...Object.values(OP_CASES).flatMap((cases) => cases.map(({ op }) => op)),
      ...ELSEWHERE,
    ]);
    expect(page).to.include(`\n${listed(written.filter((op) => !tried.has(op)))}\n`);
  });
});
