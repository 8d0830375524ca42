import { expect } from 'chai';
import { createColors } from 'picocolors';
import type { Fusable } from '../../src/inspect/fusable.js';
import { fusionLines } from '../../src/inspect/fusion-lines.js';

const left = (names: readonly string[], why: string): Fusable['left'] =>
  names.map((node) => ({ node, message: `${node} of its own: ${why}`, group: `did not: ${why}` }));

const found: Fusable = {
  rules: [{ rule: 'fuse-bias', count: 2, nodes: ['b1 (BiasAdd), c1 (Conv2D)', 'b2 (BiasAdd), c2 (Conv2D)'] }],
  nodesAfter: 7,
  left: [...left(['a', 'b', 'c', 'd', 'e'], 'no kernel'), ...left(['x'], 'another user')],
};
const lines = (all: boolean): string =>
  fusionLines({ fusable: found, nodes: 9 }, createColors(false), all).join('\n');

describe('fusionLines', () => {
  it('tells a reason once for all nodes that share it, and keeps the sentence about a single one', () => {
    const text = lines(false);
    expect(text).to.include('· 5 × did not: no kernel\n    a, b, c and 2 more; --verbose names all');
    expect(text).to.include('· x of its own: another user');
    expect(text)
      .to.match(/2 +fuse-bias/)
      .and.not.include('c2');
  });

  it('shows every rewrite and every reason when told to', () => {
    const text = lines(true);
    for (const node of ['a', 'b', 'c', 'd', 'e', 'x']) expect(text).to.include(`· ${node} of its own`);
    expect(text).to.include('fuse-bias: b2 (BiasAdd), c2 (Conv2D)');
  });
});
