import { expect } from 'chai';
import { isOptimizeError } from '../../src/errors.js';
import { toArtifacts } from '../../src/io/artifacts.js';
import type { Pass } from '../../src/pass.js';
import {
  describeDifferences,
  diffRecipes,
  guard,
  optimize,
  parseRecipe,
  passesOf,
  pipeline,
  recipeOf,
  stringifyRecipe,
  untilStable,
  type PassFactories,
} from '../../src/passes/index.js';
import { randomStream } from '../../src/random.js';
import { add, mapped, valuesOf, vectorModel } from './made-up.js';

/** Adds seeded noise. */
const noise = (amount: number): Pass => ({
  name: 'test/noise',
  options: { amount },
  run: (model, context) => {
    const random = randomStream(context.seed);
    return Promise.resolve({ model: mapped(model, (x) => x + amount * random()), changed: true, notes: [] });
  },
});

const factories: PassFactories = {
  'test/add': (options) => add(options['by'] as number),
  'test/noise': (options) => noise(options['amount'] as number),
};

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (isOptimizeError(error)) return error.code;
    throw error;
  }
  return 'nothing thrown';
}

describe('recipes', () => {
  const passes = [
    pipeline('first', [add(1), noise(2)]),
    guard(untilStable([add(0)], { maxRounds: 4 }), { maxDrop: 1, metric: 'score' }),
  ];

  it('replay what was run, nested passes too, to the same bytes', async () => {
    const options = { seed: 7, inputs: { score: () => 1 } };
    const first = await optimize(vectorModel([1, 2, 3]), passes, options);
    const recipe = parseRecipe(stringifyRecipe(first.recipe));
    expect(recipe).to.deep.equal(first.recipe);
    const again = await optimize(vectorModel([1, 2, 3]), passesOf(recipe, factories), {
      ...options,
      seed: recipe.seed,
    });
    expect(toArtifacts(again.model)).to.deep.equal(toArtifacts(first.model));
    expect(again.recipe).to.deep.equal(recipe);
    const given = await optimize(vectorModel([1, 2, 3]), recipe, { inputs: options.inputs, factories });
    expect(toArtifacts(given.model), 'the recipe itself, with its own seed').to.deep.equal(
      toArtifacts(first.model),
    );
    const other = await optimize(vectorModel([1, 2, 3]), passesOf(recipe, factories), {
      ...options,
      seed: 8,
    });
    expect(valuesOf(other.model)).not.to.deep.equal(valuesOf(first.model));
  });

  it('refuse what is not of their form', () => {
    const good = recipeOf([add(1)]);
    expect(codeOf(() => parseRecipe('{'))).to.equal('recipe/schema');
    expect(codeOf(() => parseRecipe({ ...good, version: 2 }))).to.equal('recipe/version');
    expect(codeOf(() => parseRecipe({ ...good, seed: 0.5 }))).to.equal('recipe/schema');
    expect(codeOf(() => parseRecipe({ ...good, extra: 1 }))).to.equal('recipe/schema');
    expect(codeOf(() => parseRecipe({ ...good, passes: [{ name: 'x' }] }))).to.equal('recipe/schema');
    expect(
      codeOf(() => parseRecipe('{"version":1,"seed":0,"passes":[{"name":"x","options":{"__proto__":1}}]}')),
    ).to.equal('recipe/schema');
  });

  it('refuse options that JSON would lose or change', () => {
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    let deep: unknown = 1;
    for (let i = 0; i < 100_000; i++) deep = [deep];
    for (const value of [NaN, Infinity, -0, undefined, () => 1, new Date(0), 1n, circle, deep]) {
      const pass = { ...add(0), options: { value } as never };
      expect(
        codeOf(() => recipeOf([pass])),
        typeof value,
      ).to.equal('recipe/schema');
    }
  });

  it('name a pass that is near to an unknown one', () => {
    const recipe = parseRecipe({ version: 1, seed: 0, passes: [{ name: 'test/ad', options: {} }] });
    expect(() => passesOf(recipe, factories)).to.throw("Did you mean 'test/add'?");
    expect(codeOf(() => passesOf(recipe, factories))).to.equal('recipe/unknown-pass');
    const builtIn = parseRecipe({ version: 1, seed: 0, passes: [{ name: 'toString', options: {} }] });
    expect(codeOf(() => passesOf(builtIn, factories))).to.equal('recipe/unknown-pass');
  });

  it('are compared pass by pass', () => {
    const before = recipeOf([add(1), noise(2)], 1);
    const after = recipeOf([add(3), pipeline('p', []), noise(2)], 2);
    expect(describeDifferences(diffRecipes(before, after)).split('\n')).to.deep.equal([
      '~ seed: 1 → 2',
      '~ passes[0] test/add.by: 1 → 3',
      '+ passes[1] core/pipeline: {"label":"p","passes":[]}',
    ]);
    expect(describeDifferences(diffRecipes(after, before))).to.contain('- passes[1] core/pipeline');
    expect(diffRecipes(before, before)).to.deep.equal([]);
  });
});
