import { expect } from 'chai';
import type { Note } from '@tfjs-optimize/core';
import { coloursFor } from '../../src/terminal/streams.js';
import { renderNotes } from '../../src/terminal/notes.js';

const plain = coloursFor({ write: () => true }, {});
const did = (message: string): Note => ({ level: 'info', kind: 'did', message });
const declined = (subject: string): Note => ({
  level: 'info',
  kind: 'declined',
  subject,
  message: 'has two users',
});

describe('renderNotes', () => {
  it('puts warnings first and counts what was done by rule', () => {
    const notes: Note[] = [
      did('fold-batch-norm: a'),
      did('fuse-bias: b'),
      did('fold-batch-norm: c'),
      did('removed 3 dead nodes'),
      { level: 'warning', kind: 'saw', message: "weight 'w' holds 1 NaN" },
    ];
    expect(renderNotes(notes, plain, false)).to.deep.equal([
      "warning   weight 'w' holds 1 NaN",
      'did       2 × fold-batch-norm',
      'did       1 × fuse-bias',
      'did       removed 3 dead nodes',
    ]);
  });

  it('shows a few of what was declined, and all when asked', () => {
    const notes = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => declined(`node-${name}`));
    const few = renderNotes(notes, plain, false);
    expect(few).to.have.length(6);
    expect(few[0]).to.equal('declined  node-a: has two users');
    expect(few[5]).to.include('2 more');
    expect(renderNotes(notes, plain, true)).to.have.length(7);
  });
});
