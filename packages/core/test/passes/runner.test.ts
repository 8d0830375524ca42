import { expect } from 'chai';
import { isOptimizeError, type OptimizeError } from '../../src/errors.js';
import type { Model } from '../../src/model.js';
import type { AnyPass, Note, Pass } from '../../src/pass.js';
import { guard, optimize, pipeline, untilStable, type RunOptions } from '../../src/passes/index.js';
import { add, bounded, mapped, valuesOf, vectorModel, zeroFirst } from './made-up.js';

async function failure(
  passes: AnyPass | readonly AnyPass[],
  options: RunOptions = {},
  model: Model = vectorModel([0, 1]),
): Promise<OptimizeError> {
  try {
    await optimize(model, passes, options);
  } catch (error) {
    if (isOptimizeError(error)) return error;
    throw error;
  }
  throw new Error('nothing thrown');
}

describe('running passes', () => {
  it('runs them in order, leaves the input alone and lets notes travel with their pass', async () => {
    const model = vectorModel([0, 1]);
    const heard: Note[] = [];
    const result = await optimize(model, [add(1), pipeline('two', [add(0), add(2)])], {
      note: (note) => heard.push(note),
    });
    expect(valuesOf(result.model)).to.deep.equal([3, 4]);
    expect(valuesOf(model)).to.deep.equal([0, 1]);
    expect(result.notes.map(({ pass, message }) => `${pass}: ${message}`)).to.deep.equal([
      'test/add: added 1',
      'test/add: added 2',
    ]);
    expect(heard).to.deep.equal(result.notes);
  });

  it('adds what a pass notes through its context to its notes, stamped and once', async () => {
    const talking = add(1, {
      run: (model, context) => {
        context.note({ level: 'info', kind: 'saw', message: 'on the way' });
        return Promise.resolve({
          model,
          changed: false,
          notes: [{ level: 'info', kind: 'declined', message: 'at the end' }],
        });
      },
    });
    const heard: Note[] = [];
    const { notes } = await optimize(vectorModel([0]), pipeline('p', [talking]), {
      note: (note) => heard.push(note),
    });
    expect(notes.map(({ pass, message }) => `${pass}: ${message}`)).to.deep.equal([
      'test/add: on the way',
      'test/add: at the end',
    ]);
    expect(heard).to.deep.equal(notes);
  });

  it('reports progress pass by pass', async () => {
    const seen: string[] = [];
    await optimize(vectorModel([0]), [add(1), add(2)], {
      progress: ({ task, done, total }) => seen.push(`${task} ${done}/${total}`),
    });
    expect(seen).to.deep.equal(['test/add 0/2', 'test/add 1/2']);
  });

  it('measures before and after where a report is asked for', async () => {
    const { report } = await optimize(vectorModel([0, 1]), add(1), {
      report: true,
      evaluate: (model) => valuesOf(model).reduce((a, b) => a + b),
      seed: 5,
    });
    expect([report?.before.metric, report?.after.metric, report?.seed]).to.deep.equal([1, 3, 5]);
    expect(report?.before.nonZeroParameters).to.equal(1);
    expect((await optimize(vectorModel([0]), add(1))).report).to.equal(undefined);
  });

  it('gives back the very model when nothing changed', async () => {
    const model = vectorModel([1]);
    const result = await optimize(model, [add(0), pipeline('none', [add(0)])]);
    expect(result.model).to.equal(model);
    expect(result.changed).to.equal(false);
  });

  it('refuses a pass whose changed flag is untrue, either way', async () => {
    const silent = add(1, {
      run: (model) => Promise.resolve({ model: mapped(model, (x) => x), changed: false, notes: [] }),
    });
    const boasting = add(1, { run: (model) => Promise.resolve({ model, changed: true, notes: [] }) });
    expect((await failure(silent)).code).to.equal('pass/changed');
    expect((await failure(boasting)).code).to.equal('pass/changed');
  });

  it('names the pass and what ran before it, and keeps the cause', async () => {
    const cause = new Error('out of luck');
    const broken: Pass = { name: 'test/broken', options: {}, run: () => Promise.reject(cause) };
    const error = await failure([add(1), pipeline('inner', [add(2, { name: 'test/second' }), broken])]);
    expect(error.code).to.equal('pass/failed');
    expect(error.message).to.contain("pass 'test/broken' (after test/add, test/second)");
    expect(error.message).to.contain('out of luck');
    expect(error.cause).to.equal(cause);
  });

  it('keeps the code of a coded error and says what was meant by a misspelt input', async () => {
    const asking: Pass = {
      name: 'test/asking',
      options: {},
      run: (_, context) => Promise.resolve(context.inputs.need('teacher')),
    };
    const error = await failure(asking, { inputs: { teachers: 1 } });
    expect(error.code).to.equal('context/missing');
    expect(error.message).to.contain("Did you mean 'teachers'?");
  });

  it('looks for what passes ask for before any runs, in pipelines, repetitions and guards, too', async () => {
    let runs = 0;
    const first = add(1, { run: (model) => Promise.resolve({ model, changed: false, notes: (runs++, []) }) });
    const asking = add(1, { asks: ['data'], trains: true });
    for (const nested of [
      asking,
      pipeline('inner', [asking]),
      untilStable([asking]),
      guard(asking, { maxDrop: 1 }),
      guard(add(1), { maxDrop: 1, metric: 'data' }),
    ]) {
      const error = await failure([first, nested], { inputs: { dada: 1 } });
      expect(error.code).to.equal('context/missing');
      expect(error.message).to.contain("input 'data'");
    }
    expect(runs).to.equal(0);
  });

  it('tells of pipelines, repetitions and guards whether they train', () => {
    const [plain, training] = [add(1), add(1, { trains: true })];
    const around = (pass: Pass) => [
      pipeline('inner', [plain, pass]),
      untilStable([plain, pass]),
      guard(pass, { maxDrop: 1 }),
    ];
    expect(around(training).map(({ trains }) => trains)).to.deep.equal([true, true, true]);
    expect(around(plain).map(({ trains }) => trains)).to.deep.equal([false, false, false]);
  });

  it('stops between passes when told to', async () => {
    const control = new AbortController();
    const stopping = add(1, {
      run: (model) => {
        control.abort();
        return Promise.resolve({ model: mapped(model, (x) => x + 1), changed: true, notes: [] });
      },
    });
    expect((await failure([stopping, add(1)], { signal: control.signal })).code).to.equal('aborted');
  });

  it('refuses a model of another stage and one that fails a check of the pass', async () => {
    expect((await failure(add(1, { takes: 'integer' }))).code).to.equal('model/stage');
    const picky = add(1, { check: () => [{ subject: 'w', message: 'is too small' }] });
    const error = await failure(picky);
    expect(error.code).to.equal('pass/check');
    expect(error.message).to.contain("'w': is too small");
  });
});

describe('facts', () => {
  const establish = (bound: number): Pass =>
    add(0, {
      name: 'test/establish',
      gives: [bounded],
      run: (model) =>
        Promise.resolve({
          model: model.with({ facts: model.facts.with(bounded, bound).with(zeroFirst, true) }),
          changed: true,
          notes: [],
        }),
    });
  const scale = (by: number, extra: Partial<Pass> = {}): Pass =>
    add(0, {
      name: 'test/scale',
      run: (model) => Promise.resolve({ model: mapped(model, (x) => x * by), changed: true, notes: [] }),
      ...extra,
    });

  it('hold after passes that respect them', async () => {
    const { model } = await optimize(vectorModel([0, 1]), [establish(4), scale(2), scale(2)]);
    expect(model.facts.get(bounded)).to.equal(4);
    expect(valuesOf(model)).to.deep.equal([0, 4]);
  });

  it('name the pass that broke them, each by its own check', async () => {
    const tooFar = await failure([establish(4), scale(2), scale(8)]);
    expect(tooFar.code).to.equal('fact/violated');
    expect(tooFar.message).to.match(
      /'test\/scale' \(after test\/establish, test\/scale\).*'test\/bounded'.*above 4/,
    );
    const moved = await failure([establish(4), add(1)]);
    expect(moved.message).to.contain("'test/zero-first'");
  });

  it('may be ended by a pass that says so, and by no other', async () => {
    const forget: Pass['run'] = (model) =>
      Promise.resolve({
        model: model.with({ facts: model.facts.without(bounded) }),
        changed: true,
        notes: [],
      });
    const { model } = await optimize(vectorModel([0, 1]), [
      establish(4),
      scale(1, { run: forget, drops: [bounded] }),
      scale(9),
    ]);
    expect(model.facts.has(bounded)).to.equal(false);
    expect((await failure([establish(4), scale(1, { run: forget })])).code).to.equal('fact/violated');
  });

  it('are taken from the model by the runner when a pass that changed it ends them', async () => {
    const { model } = await optimize(vectorModel([0, 1]), [establish(4), scale(9, { drops: [bounded] })]);
    expect(model.facts.has(bounded)).to.equal(false);
    expect(model.facts.has(zeroFirst)).to.equal(true);
    const anew = scale(9, {
      drops: [bounded],
      gives: [bounded],
      run: (given) =>
        Promise.resolve({
          model: mapped(given, (x) => x * 9).with({ facts: given.facts.with(bounded, 9) }),
          changed: true,
          notes: [],
        }),
    });
    const renewed = await optimize(vectorModel([0, 1]), [establish(4), anew]);
    expect(renewed.model.facts.get(bounded)).to.equal(9);
  });

  it('must be there for a pass that needs them', async () => {
    const needy = scale(1, { needs: [bounded] });
    expect((await failure(needy)).code).to.equal('pass/needs');
    await optimize(vectorModel([0, 1]), [establish(4), needy]);
    const untrue = add(1, { gives: [bounded] });
    expect((await failure(untrue)).code).to.equal('pass/failed');
  });
});

describe('untilStable', () => {
  const halve: Pass = add(0, {
    name: 'test/halve',
    run: (model) => {
      const changed = valuesOf(model).some((x) => x >= 1);
      return Promise.resolve({ model: changed ? mapped(model, (x) => x / 2) : model, changed, notes: [] });
    },
  });

  it('repeats until a round changes nothing', async () => {
    const { model } = await optimize(vectorModel([8]), untilStable([halve]));
    expect(valuesOf(model)).to.deep.equal([0.5]);
  });

  it('ends at its bound and names what kept changing the model', async () => {
    const error = await failure(untilStable([halve, add(0)], { maxRounds: 3 }), {}, vectorModel([64]));
    expect(error.code).to.equal('pipeline/unstable');
    expect(error.message).to.contain('changes by test/halve in the last one');
  });

  it('tells the last thing that a pass did, and what ran before a pass that failed', async () => {
    const error = await failure(untilStable([add(1)], { maxRounds: 2 }));
    expect(error.message).to.contain('changes by test/add (added 1) in the last one');
    const broken: Pass = { name: 'test/broken', options: {}, run: () => Promise.reject(new Error('no')) };
    const inner = await failure(untilStable([add(1), broken]));
    expect(inner.message).to.contain("pass 'test/broken' (after test/add)");
  });
});
