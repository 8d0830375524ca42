import { expect } from 'chai';
import {
  Graph,
  GraphBuilder,
  type Model,
  type Node,
  Weight,
  any,
  attr,
  attrIs,
  constant,
  decline,
  explain,
  isOptimizeError,
  nearMisses,
  oneOf,
  op,
  optional,
  printGraph,
  replaceBy,
  replaceByConstant,
  replaceByValue,
  rewrite,
  type Rule,
} from '@tfjs-optimize/core';

/** max(neg(x), c)  →  Fused(x, c). */
const fuseNeg: Rule = {
  name: 'fuse-neg',
  identity: 'max(-x, c) = fused(x, c)',
  takes: 'maximum',
  pattern: op('Maximum', {
    inputs: [op('Neg', { as: 'neg', inputs: [any('x')] }), constant('c')],
    anyOrder: true,
  }),
  apply: (match) => replaceBy('Fused', [match.value('x'), match.value('c')], { n: attr.int(1) }),
};

const removeIdentity: Rule = {
  name: 'remove-identity',
  identity: 'identity(x) = x',
  pattern: op('Identity', { inputs: [any('x')] }),
  apply: (match) => replaceByValue(match.value('x')),
};

function text(model: Model): string {
  return printGraph(model.graph, { weights: model.weights });
}

describe('rewrite', () => {
  it('replaces a match by a node of the root’s name and drops what nothing needs any more', () => {
    const b = new GraphBuilder();
    const neg = b.op('Neg', [b.input('x', [-1])], {}, 'n');
    b.output(b.op('Maximum', [b.constant('c', 1), neg], {}, 'y'));
    const { model, changed, counts, notes } = rewrite(b.build(), [fuseNeg]);
    expect(text(model)).to.equal(
      ['x = Placeholder float32[?]', 'c = Const float32[] = [1]', 'y = Fused(x, c) {n: 1}', 'return y'].join(
        '\n',
      ),
    );
    expect(changed).to.equal(true);
    expect(model.graph.need('y').origin).to.equal('fuse-neg');
    expect([...counts]).to.deep.equal([['fuse-neg', 1]]);
    expect(notes.map((note) => note.message)).to.deep.equal(['fuse-neg: y (Maximum), n (Neg)']);
  });

  it('returns the very model when nothing fits', () => {
    const b = new GraphBuilder();
    b.output(b.op('Neg', [b.input('x', [-1])]));
    const model = b.build();
    const result = rewrite(model, [fuseNeg, removeIdentity]);
    expect(result.model).to.equal(model);
    expect(result.changed).to.equal(false);
  });

  it('leaves inner nodes alone that have another user, and says which', () => {
    const b = new GraphBuilder();
    const neg = b.op('Neg', [b.input('x', [-1])], {}, 'n');
    b.output(b.op('Maximum', [neg, b.constant('c', 1)], {}, 'y'));
    b.output(b.op('Abs', [neg], {}, 'z'));
    const model = b.build();
    expect(rewrite(model, [fuseNeg]).changed).to.equal(false);
    expect(explain(model, [fuseNeg], { ops: ['Neg'] }).map(({ message }) => message)).to.deep.equal([
      'n did not take maximum y: its output has another user (z/Abs)',
    ]);
  });

  it('leaves inner nodes alone that are outputs of the model', () => {
    const b = new GraphBuilder();
    const neg = b.op('Neg', [b.input('x', [-1])], {}, 'n');
    b.output(b.op('Maximum', [neg, b.constant('c', 1)], {}, 'y')).output(neg);
    const model = b.build();
    expect(rewrite(model, [fuseNeg]).changed).to.equal(false);
    expect(explain(model, [fuseNeg], { ops: ['Neg'] })[0]?.reason).to.equal(
      'its output is an output of the model',
    );
  });

  it('leaves inner nodes alone that another node waits for', () => {
    const b = new GraphBuilder();
    const x = b.input('x', [-1]);
    const neg = b.op('Neg', [x], {}, 'n');
    b.output(b.op('Maximum', [neg, b.constant('c', 1)], {}, 'y'));
    b.output(b.op('Abs', [x], {}, { name: 'z', controls: ['n'] }));
    expect(rewrite(b.build(), [fuseNeg]).changed).to.equal(false);
  });

  it('refuses a match whose captured value is made inside of it', () => {
    const b = new GraphBuilder();
    const neg = b.op('Neg', [b.input('x', [-1])], {}, 'n');
    b.output(b.op('Add', [neg, neg], {}, 'y'));
    const rule: Rule = { ...fuseNeg, pattern: op('Add', { inputs: [op('Neg'), any('x')] }) };
    expect(rewrite(b.build(), [rule]).changed).to.equal(false);
  });

  it('keeps control dependencies of everything it replaces', () => {
    const b = new GraphBuilder();
    const x = b.input('x', [-1]);
    b.op('NoOp', [], {}, 'first');
    b.op('NoOp', [], {}, 'second');
    const neg = b.op('Neg', [x], {}, { name: 'n', controls: ['first'] });
    b.output(b.op('Maximum', [neg, b.constant('c', 1)], {}, { name: 'y', controls: ['second'] }));
    const { model } = rewrite(b.build(), [fuseNeg]);
    expect(model.graph.need('y').controls).to.deep.equal(['second', 'first']);
  });

  it('keeps a weight that someone else uses and copies it on write', () => {
    const scale: Rule = {
      name: 'double',
      identity: '-max(x, c) = …',
      pattern: op('Neg', { inputs: [op('Maximum', { inputs: [any('x'), constant('c')] })] }),
      apply: (match, context) => {
        const doubled = Weight.of(
          match
            .weight('c')
            .numbers()
            .map((value) => 2 * value),
          [],
        );
        const c = context.constant(doubled, { name: 'c', instead: match.value('c') });
        return replaceBy('Twice', [match.value('x'), c]);
      },
    };
    const b = new GraphBuilder();
    const x = b.input('x', [-1]);
    const c = b.constant('c', 3);
    b.output(b.op('Neg', [b.op('Maximum', [x, c], {}, 'm1')], {}, 'y1'));
    b.output(b.op('Neg', [b.op('Maximum', [x, c], {}, 'm2')], {}, 'y2'));
    const { model } = rewrite(b.build(), [scale]);
    expect(text(model)).to.equal(
      [
        'x = Placeholder float32[?]',
        'c = Const float32[] = [6]',
        'c_1 = Const float32[] = [6]',
        'y1 = Twice(x, c_1)',
        'y2 = Twice(x, c)',
        'return y1, y2',
      ].join('\n'),
    );
  });

  it('redirects readers, and turns an output of the model into an Identity', () => {
    const one: Rule = {
      name: 'times-one',
      identity: 'x·1 = x',
      pattern: op('Mul', {
        inputs: [any('x'), constant('c', (weight) => weight.numbers()[0] === 1 || 'is not 1')],
        anyOrder: true,
      }),
      apply: (match) => replaceByValue(match.value('x')),
    };
    const b = new GraphBuilder();
    const first = b.op('Mul', [b.input('x', [-1]), b.constant('c', 1)], {}, 'inner');
    b.output(b.op('Mul', [b.constant('d', 1), b.op('Neg', [first], {}, 'n')], {}, 'y'));
    expect(text(rewrite(b.build(), [one]).model)).to.equal(
      ['x = Placeholder float32[?]', 'n = Neg(x)', 'y = Identity(n)', 'return y'].join('\n'),
    );
  });

  it('makes the root a constant', () => {
    const sum: Rule = {
      name: 'sum',
      identity: 'a + b',
      pattern: op('AddV2', { inputs: [constant('a'), constant('b')] }),
      apply: (match) =>
        replaceByConstant(
          Weight.of(
            Float32Array.of(Number(match.weight('a').numbers()[0]) + Number(match.weight('b').numbers()[0])),
            [],
          ),
        ),
    };
    const b = new GraphBuilder();
    const inner = b.op('AddV2', [b.constant('a', 1), b.constant('b', 2)], {}, 'inner');
    b.output(b.op('AddV2', [inner, b.constant('d', 4)], {}, 'y'));
    const { model } = rewrite(b.build(), [sum]);
    expect(text(model)).to.equal('y = Const float32[] = [7]\nreturn y');
    expect([...model.weights.names()]).to.deep.equal(['y']);
  });

  it('gives new nodes free names', () => {
    const split: Rule = {
      name: 'split',
      identity: 'neg(x) = a(b(x))',
      pattern: op('Neg', { inputs: [any('x')] }),
      apply: (match, context) =>
        replaceBy('A', [
          context.make('B', [match.value('x')], {}, 'taken'),
          context.make('B', [match.value('x')], {}, 'new'),
        ]),
    };
    const b = new GraphBuilder();
    b.output(b.op('Neg', [b.op('Abs', [b.input('x', [-1])], {}, 'taken')], {}, 'y'));
    expect(text(rewrite(b.build(), [split]).model)).to.equal(
      [
        'x = Placeholder float32[?]',
        'taken = Abs(x)',
        'taken_1 = B(taken)',
        'new = B(taken)',
        'y = A(taken_1, new)',
        'return y',
      ].join('\n'),
    );
  });

  it('stops rules that undo each other and names them', () => {
    const turn = (from: string, to: string): Rule => ({
      name: `${from}-to-${to}`,
      identity: 'none',
      pattern: op(from, { inputs: [any('x')] }),
      apply: (match) => replaceBy(to, [match.value('x')]),
    });
    const b = new GraphBuilder();
    b.output(b.op('Neg', [b.input('x', [-1])]));
    try {
      rewrite(b.build(), [turn('Neg', 'Abs'), turn('Abs', 'Neg')], { maxPerNode: 3 });
      expect.fail('did not stop');
    } catch (error) {
      if (!isOptimizeError(error)) throw error;
      expect(error.code).to.equal('pipeline/unstable');
      expect(error.message).to.contain('Neg-to-Abs').and.contain('Abs-to-Neg');
    }
  });

  it('notes what a rule declined, with the node to blame', () => {
    const rule: Rule = {
      ...fuseNeg,
      apply: (match) => decline('its name is short', match.node('neg')),
    };
    const b = new GraphBuilder();
    b.output(b.op('Maximum', [b.op('Neg', [b.input('x', [-1])], {}, 'n'), b.constant('c', 1)], {}, 'y'));
    const model = b.build();
    expect(rewrite(model, [rule]).notes).to.deep.equal([
      {
        level: 'info',
        kind: 'declined',
        subject: 'y',
        message: 'fuse-neg at y (Maximum): n (Neg): its name is short',
      },
    ]);
    expect(explain(model, [rule], { ops: ['Neg'] })[0]?.message).to.equal(
      'n did not take maximum y: its name is short',
    );
  });

  it('notes a reason that many nodes give once, with their count and the first of them', () => {
    const rule: Rule = {
      ...fuseNeg,
      apply: (match) =>
        match.root.name < 'm3'
          ? decline(`takes ${match.root.name.length} bytes`, undefined, 'takes too many bytes')
          : decline('its name is short', match.node('neg')),
    };
    const b = new GraphBuilder();
    const c = b.constant('c', 1);
    let y = b.input('x', [-1]);
    for (let i = 0; i < 8; i++) y = b.op('Maximum', [b.op('Neg', [y], {}, `n${i}`), c], {}, `m${i}`);
    expect(rewrite(b.output(y).build(), [rule]).notes).to.deep.equal([
      {
        level: 'info',
        kind: 'declined',
        message: 'fuse-neg at 3 nodes: m0 (Maximum), m1 (Maximum), m2 (Maximum): takes too many bytes',
      },
      {
        level: 'info',
        kind: 'declined',
        message: 'fuse-neg at 5 nodes: n3 (Neg), n4 (Neg), n5 (Neg) and 2 more: its name is short',
      },
    ]);
  });

  it('names a node once where it is itself to blame', () => {
    const rule: Rule = { ...fuseNeg, apply: () => decline('is the last') };
    const b = new GraphBuilder();
    b.output(b.op('Maximum', [b.op('Neg', [b.input('x', [-1])], {}, 'n'), b.constant('c', 1)], {}, 'y'));
    expect(rewrite(b.build(), [rule]).notes[0]?.message).to.equal('fuse-neg at y (Maximum): is the last');
  });

  it('remembers what nodes were made of, and calls them so in explanations', () => {
    const b = new GraphBuilder();
    const neg = b.op('Neg', [b.op('Neg', [b.input('x', [-1])], {}, 'n1')], {}, 'n2');
    b.output(b.op('Maximum', [neg, b.constant('c', 1)], {}, 'y'));
    const two: Rule = {
      name: 'two-negs',
      identity: '-(-x) = abs(abs(x))',
      takes: ({ op: name }) => `a ${name}`,
      pattern: op('Neg', { inputs: [op('Neg', { inputs: [any('x')] })] }),
      apply: (match, context) => replaceBy('Abs', [context.make('Abs', [match.value('x')], {}, 'inner')], {}),
    };
    const { model, madeOf } = rewrite(b.build(), [two]);
    expect(Object.fromEntries(madeOf)).to.deep.equal({ inner: ['n2', 'n1'], n2: ['n2', 'n1'] });
    const never: Rule = {
      ...two,
      taker: 'root',
      pattern: op('Maximum', { inputs: [op('Abs', { as: 'abs' }), any()] }),
      apply: (match) => decline('its sign is lost', match.node('abs')),
    };
    const original = (node: Node): Node => ({ ...node, name: `the ${node.name}` });
    expect(explain(model, [never], { ops: ['Maximum', 'Abs'], original })).to.deep.equal([
      {
        node: 'the y',
        op: 'Maximum',
        rule: 'two-negs',
        root: 'the y',
        taken: 'the n2',
        blamed: 'the n2',
        reason: 'its sign is lost',
        message: "the y did not take a Abs the n2: the n2's sign is lost",
        group: 'did not take a Abs: its sign is lost',
      },
    ]);
  });

  it('rewrites 20 000 nodes in well under a second a sweep', () => {
    const b = new GraphBuilder();
    const c = b.constant('c', 1);
    let x = b.input('x', [-1]);
    for (let i = 0; i < 10_000; i++) x = b.op('Maximum', [b.op('Neg', [x], {}, `n${i}`), c], {}, `m${i}`);
    const model = b.output(x).build();
    const start = performance.now();
    const { counts } = rewrite(model, [fuseNeg, removeIdentity]);
    expect(counts.get('fuse-neg')).to.equal(10_000);
    expect(performance.now() - start).to.be.lessThan(3000);
  });
});

describe('patterns', () => {
  const fits = (rule: Rule, model: Model): boolean => rewrite(model, [rule]).changed;
  const ruleOf = (pattern: Rule['pattern']): Rule => ({
    name: 'test',
    identity: 'none',
    pattern,
    apply: () => replaceBy('Done', []),
  });

  it('match attributes, with defaults for absent ones', () => {
    const b = new GraphBuilder();
    b.output(b.op('Conv', [b.input('x', [-1])], { padding: 'SAME', strides: [1, 2] }, 'y'));
    const model = b.build();
    const test = (attrs: Record<string, ReturnType<typeof attrIs>>): boolean =>
      fits(ruleOf(op('Conv', { attrs })), model);
    expect(test({ padding: attrIs('SAME'), strides: attrIs([1, 2]) })).to.equal(true);
    expect(test({ padding: attrIs('VALID') })).to.equal(false);
    expect(test({ absent: attrIs(false, false) })).to.equal(true);
    expect(test({ absent: attrIs(false) })).to.equal(false);
  });

  it('take any number of further inputs and look at each', () => {
    const b = new GraphBuilder();
    const [p, q] = [b.constant('p', 1), b.constant('q', 2)];
    b.output(b.op('Pack', [b.input('x', [-1]), p, q], {}, 'y'));
    const model = b.build();
    expect(fits(ruleOf(op('Pack', { inputs: [any('x')] })), model)).to.equal(false);
    expect(fits(ruleOf(op('Pack', { inputs: [any('x')], rest: { as: 'more' } })), model)).to.equal(true);
    expect(fits(ruleOf(op('Pack', { inputs: [any('x')], rest: { each: constant() } })), model)).to.equal(
      true,
    );
    expect(fits(ruleOf(op('Pack', { inputs: [], rest: { each: constant() } })), model)).to.equal(false);
  });

  it('bind one name to one value', () => {
    const square = ruleOf(op('Mul', { inputs: [any('x'), any('x')] }));
    const b = new GraphBuilder();
    const x = b.input('x', [-1]);
    b.output(b.op('Mul', [x, x], {}, 'y'));
    expect(fits(square, b.build())).to.equal(true);
    const c = new GraphBuilder();
    c.output(c.op('Mul', [c.input('x', [-1]), c.input('z', [-1])], {}, 'y'));
    expect(fits(square, c.build())).to.equal(false);
  });

  it('try alternatives and optional parts', () => {
    const rule = ruleOf(
      op('Relu', { inputs: [optional((x) => op('Pad', { inputs: [x] }), oneOf(op('Abs'), op('Neg')))] }),
    );
    for (const [inner, pad] of [
      ['Abs', true],
      ['Neg', false],
    ] as const) {
      const b = new GraphBuilder();
      const made = b.op(inner, [b.input('x', [-1])]);
      b.output(b.op('Relu', [pad ? b.op('Pad', [made]) : made]));
      expect(fits(rule, b.build()), inner).to.equal(true);
    }
  });

  it('tell outputs of a node apart', () => {
    const b = new GraphBuilder();
    const split = b.op('Split', [b.input('x', [-1])], {}, 's');
    b.output(b.op('Abs', [b.out(split, 1)], {}, 'y'));
    expect(fits(ruleOf(op('Abs', { inputs: [op('Split')] })), b.build())).to.equal(false);
    expect(fits(ruleOf(op('Abs', { inputs: [op('Split', { output: 1 })] })), b.build())).to.equal(true);
  });

  it('refuse a root whose further outputs are used', () => {
    const b = new GraphBuilder();
    const split = b.op('Split', [b.input('x', [-1])], {}, 's');
    b.output(b.op('Abs', [b.out(split, 1)], {}, 'y'));
    expect(fits(ruleOf(op('Split')), b.build())).to.equal(false);
    const c = new GraphBuilder();
    c.op('Split', [c.input('x', [-1])], {}, 's');
    c.output('s:1');
    expect(fits(ruleOf(op('Split')), c.build())).to.equal(false);
  });

  it('look at nodes that stay', () => {
    const b = new GraphBuilder();
    const neg = b.op('Neg', [b.input('x', [-1])], {}, 'n');
    b.output(b.op('Abs', [neg], {}, 'y')).output(neg);
    expect(fits(ruleOf(op('Abs', { inputs: [op('Neg')] })), b.build())).to.equal(false);
    expect(fits(ruleOf(op('Abs', { inputs: [op('Neg', { keep: true })] })), b.build())).to.equal(true);
  });

  it('report misses only when asked', () => {
    const b = new GraphBuilder();
    b.output(b.op('Maximum', [b.op('Abs', [b.input('x', [-1])], {}, 'a'), b.constant('c', 1)], {}, 'y'));
    expect(nearMisses(b.build(), [fuseNeg]).map(({ node, reason }) => `${node.name} ${reason}`)).to.include(
      'a feeds y as an Abs, not as Neg',
    );
  });

  it('leave weights alone that a function body reads', () => {
    const library = {
      function: [{ signature: { name: 'body' }, nodeDef: [{ name: 'c', op: 'Const', attr: {} }] }],
    };
    const b = new GraphBuilder();
    b.output(b.op('Maximum', [b.op('Neg', [b.input('x', [-1])], {}, 'n'), b.constant('c', 1)], {}, 'y'));
    const made = b.build();
    const drop: Rule = { ...fuseNeg, apply: (match) => replaceBy('Done', [match.value('x')]) };
    const { inputs, outputs } = made.graph;
    const model = made.with({ graph: new Graph(made.graph, inputs, outputs, { library }) });
    const next = rewrite(model, [drop]).model;
    expect(next.graph.has('c')).to.equal(false);
    expect(next.weights.has('c')).to.equal(true);
  });
});
