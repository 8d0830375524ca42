import {
  checkOptions,
  Draft,
  makeContext,
  optionKinds,
  rewrite,
  runPass,
  type AnyPass,
  type Context,
  type JsonObject,
  type Model,
  type Note,
  type OptionKinds,
  type Pass,
  type PassFactories,
  type PassResult,
} from '@tfjs-optimize/core';
import { OP_PREFIX } from '@tfjs-optimize/runtime';
import { quantizedResult, type Quantized } from '../result.js';
import { selectorOf, unknownNames, type LayerChoice } from '../select.js';
import { modelOf, refuseFakeQuant, requireFloat, type ModelLike } from '../source.js';
import {
  optionsFromJson,
  planOf,
  type DynamicOptions,
  type DynamicPassOptions,
  type DynamicPlan,
} from './options.js';
import { PRODUCT_OPS } from './product.js';
import { candidateOf, quantizeProducts, takeBias, takeClamp } from './rules.js';

const NAME = 'quantization/dynamic';

const { anything, list, code, either } = optionKinds;
const OPTIONS: OptionKinds<DynamicOptions> = {
  ...{ include: either(list, code), exclude: either(list, code), signal: anything },
  // `planOf` looks at these.
  ...{ ops: anything, mode: anything, activation: anything, leastElements: anything },
};

/**
 * Dynamic int8: weights become int8 with a scale for each output channel now, activations become whole numbers when the
 * model runs, by the range that they then have. Needs no data. What is between products stays float.
 *
 *     console.log((await quantizeDynamic(model, { ops: ['MatMul', 'Conv2D'] })).text());
 *
 * prints the sizes before and after.
 *
 * @returns a model of stage `integer`; the very model given where nothing could be quantized, with a note that says so.
 * @throws `argument/invalid` for options that are none, `quantization/layer` for names that the model does not have,
 *   `model/stage` for a model that is integer already or has fake quantization.
 */
export async function quantizeDynamic(source: ModelLike, options: DynamicOptions = {}): Promise<Quantized> {
  checkOptions<DynamicOptions>(options, OPTIONS, { where: 'quantizeDynamic' });
  const { include, exclude, signal, ...settings } = options;
  const plan = planOf(settings, 'quantizeDynamic');
  const model = await modelOf(source);
  requireFloat(model, 'quantizeDynamic');
  refuseFakeQuant(model, 'quantizeDynamic');
  selectorOf(model, options, 'quantizeDynamic');
  const named = (choice: LayerChoice | undefined): readonly string[] | undefined =>
    typeof choice === 'function' ? chosenBy(choice, model, plan) : choice;
  const [included, excluded] = [named(include), named(exclude)];
  const pass = dynamicPass({
    ...settings,
    ...(included && { include: included }),
    ...(excluded && { exclude: excluded }),
  });
  return quantizedResult(
    model,
    await runPass(pass, model as Model<'float'>, makeContext({ ...(signal && { signal }) })),
  );
}

/** Names of the products that a function chooses. */
function chosenBy(
  choice: Exclude<LayerChoice, readonly string[]>,
  model: Model,
  plan: DynamicPlan,
): string[] {
  const { layerOf } = selectorOf(model, {}, NAME);
  return candidates(model, plan, () => true).filter((name) => {
    const node = model.graph.need(name);
    return choice(node, layerOf(node));
  });
}

/** {@link quantizeDynamic} as a step of a pipeline. `guard` can leave products out, by the names of their nodes. */
export function dynamicPass(options: DynamicPassOptions = {}): Pass<'float', 'float' | 'integer'> {
  const plan = planOf(options, NAME);
  return {
    name: NAME,
    options: options as unknown as JsonObject,
    takes: 'float',
    check: (model) => unknownNames(model, options),
    narrow: {
      candidates: (model) => {
        const selector = selectorOf(model, options, NAME);
        return candidates(model, plan, (name, weight) => selector.has(model.graph.need(name), weight));
      },
      without: (left) => dynamicPass({ ...options, exclude: [...(options.exclude ?? []), ...left] }),
    },
    run: (model, context) => {
      refuseFakeQuant(model, NAME);
      return Promise.resolve(run(model, options, plan, context));
    },
  };
}

/** Names of nodes that would be quantized. */
function candidates(
  model: Model,
  plan: DynamicPlan,
  has: (name: string, weight: string | undefined) => boolean,
): string[] {
  const draft = new Draft(model);
  return [...model.graph].flatMap((node) => {
    if (!PRODUCT_OPS.includes(node.op)) return [];
    const product = candidateOf(node, plan, draft);
    if (typeof product !== 'object') return [];
    return has(node.name, product.weight?.constant.name) ? [node.name] : [];
  });
}

function run(
  model: Model<'float'>,
  options: DynamicPassOptions,
  plan: DynamicPlan,
  context: Context,
): PassResult<'float' | 'integer'> {
  const selector = selectorOf(model, options, NAME);
  const named = new Set(options.include ?? []);
  const rules = [
    quantizeProducts(plan, {
      has: selector.has,
      isNamed: (node) => named.has(node.name) || named.has(selector.layerOf(node)),
      keepsZeros: (weight) => model.facts.keepZeros(weight),
    }),
    takeBias(),
    takeClamp(),
  ];
  const {
    model: next,
    changed,
    notes,
  } = rewrite(model, rules, context.signal ? { signal: context.signal } : {});
  const declined = notes.filter(({ kind }) => kind === 'declined');
  if (!changed) {
    const none: Note = {
      level: 'warning',
      kind: 'saw',
      message: `nothing was quantized: no ${plan.ops.join(' or ')} with a weight of at least ${plan.leastElements} elements was left to do`,
    };
    return { model, changed, notes: [...declined, none] };
  }
  return {
    model: next.with<'integer'>({ stage: 'integer' }),
    changed,
    notes: [...didNotes(next), ...declined],
  };
}

/** What was quantized, product by product. */
function didNotes({ graph }: Model): Note[] {
  return [...graph].flatMap(({ name, op }): Note[] => {
    if (!op.startsWith(`${OP_PREFIX}Dynamic`)) return [];
    const message = `'${name}' multiplies whole numbers (${op.slice(OP_PREFIX.length)})`;
    return [{ level: 'info', kind: 'did', subject: name, message }];
  });
}

/** Passes of dynamic quantization for recipes. */
export const dynamicPasses: PassFactories = {
  // The runner checks the stage that it takes.
  [NAME]: (options) => dynamicPass(optionsFromJson(options, NAME)) as AnyPass as Pass,
};
