import {
  bytesText,
  checkOptions,
  fail,
  nearest,
  optionKinds,
  type Model,
  type Note,
  type OptionKinds,
} from '@tfjs-optimize/core';
import { quantizedResult, type Quantized } from '../result.js';
import { selectorOf, type Selection, type Selector } from '../select.js';
import { modelOf, refuseFakeQuant, type ModelLike } from '../source.js';
import { encodeWeight, WEIGHT_SCHEMES, type WeightScheme } from './encode.js';
import { channelsRead, readersOf } from './readers.js';

/** Options of {@link quantizeWeights}. */
export interface QuantizeWeightsOptions extends Selection {
  readonly scheme: WeightScheme;
  /** Weights of fewer elements stay as they are: biases, scales of norms. 256 unless told. */
  readonly leastElements?: number | undefined;
}

const { anything, list, code, either } = optionKinds;
const OPTIONS: OptionKinds<QuantizeWeightsOptions> = {
  ...{ include: either(list, code), exclude: either(list, code) },
  // `checkWeightsOptions` looks at these.
  ...{ scheme: anything, leastElements: anything },
};

/** Weights of fewer elements are left alone. */
const LEAST_ELEMENTS = 256;

/** The name of the pass, for errors, too. */
export const WEIGHTS_PASS = 'quantization/weights';

/**
 * Stores float weights in fewer bits: files shrink, and the model computes in float32 as before, with the rounded values.
 *
 * - `float16`, `bfloat16`: half the size; 11 and 8 bits of precision.
 * - `uint8`, `uint16`: the stock scheme, one scale for a whole tensor. Networks whose channels differ much (MobileNets)
 *   lose their accuracy to `uint8`.
 * - `int8`: whole numbers with a scale for each output channel, within half a step of max|w| / 127 of the channel.
 *
 * Layers are those that have the weights: a weight is taken where all nodes that read it are chosen. Run fusion first
 * (`inference()` of `@tfjs-optimize/fusion`): it folds batch norms into float weights and leaves stored ones as they are.
 *
 * @param source a model of floats, or anything that `loadModel` reads.
 * @throws `model/stage` for integer models and those with fake quantization, `quantization/scheme`, `quantization/layer` for names that the model does not
 *   have, `quantization/weight` for weights with NaN.
 */
export async function quantizeWeights(
  source: ModelLike,
  options: QuantizeWeightsOptions,
): Promise<Quantized<'float'>> {
  checkOptions<QuantizeWeightsOptions>(options, OPTIONS, { where: 'quantizeWeights' });
  checkWeightsOptions(options);
  const model = await modelOf(source);
  if (model.stage !== 'float') {
    fail('model/stage', {
      subject: 'quantizeWeights',
      expected: 'a model of floats',
      got: `one of stage ${model.stage}`,
      advice: 'Its weights are quantized already; give the float model that it was made of',
    });
  }
  return quantizedResult(model, withQuantizedWeights(model as Model<'float'>, options));
}

/** The work of {@link quantizeWeights} on a model whose stage was checked. */
export function withQuantizedWeights(
  model: Model<'float'>,
  options: QuantizeWeightsOptions,
): { readonly model: Model<'float'>; readonly notes: readonly Note[] } {
  refuseFakeQuant(model, WEIGHTS_PASS);
  const selector = selectorOf(model, options, WEIGHTS_PASS);
  const changes = new Map<string, ReturnType<Model['weights']['need']>>();
  const notes: Note[] = [];
  for (const name of candidateWeights(model, options)) {
    const weight = model.weights.need(name);
    const declined = (why: string, level: Note['level'] = 'info'): void => {
      notes.push({
        level,
        kind: 'declined',
        subject: name,
        message: `weight '${name}' stays float32: ${why}`,
      });
    };
    const readers = readersOf(model.graph, name);
    if (!readers.every(({ node }) => selector.has(node, name))) {
      declined('it is not among what was chosen');
      continue;
    }
    refuseNaN(name, weight.numbers());
    const encoded = encodeWeight(weight, options.scheme, channelsRead(model, name, readers));
    if (typeof encoded === 'string') {
      declined(encoded, 'warning');
      continue;
    }
    if (encoded.storedBytes >= weight.storedBytes) {
      declined(`${bytesText(encoded.storedBytes)} would not be less than ${bytesText(weight.storedBytes)}`);
      continue;
    }
    changes.set(name, encoded);
    const sizes = `${bytesText(weight.storedBytes)} → ${bytesText(encoded.storedBytes)}`;
    notes.push({
      level: 'info',
      kind: 'did',
      subject: name,
      message: `weight '${name}' is stored as ${options.scheme}: ${sizes}`,
    });
  }
  if (changes.size === 0) {
    const least = options.leastElements ?? LEAST_ELEMENTS;
    const message = `nothing was quantized: no float32 weight of at least ${least} elements was left to do`;
    return { model, notes: [...notes, { level: 'warning', kind: 'saw', message }] };
  }
  return { model: model.with({ weights: model.weights.with(changes) }), notes };
}

/** Names of weights that could be quantized: plain floats of some size that nodes of the graph read. */
function candidateWeights(
  model: Model,
  { leastElements = LEAST_ELEMENTS }: Pick<QuantizeWeightsOptions, 'leastElements'>,
): string[] {
  return [...model.weights]
    .filter(([name, weight]) => {
      const isPlain = weight.dtype === 'float32' && weight.encoding.kind === 'plain';
      const isRead = model.graph.has(name) && readersOf(model.graph, name).length > 0;
      return isPlain && isRead && weight.size >= Math.max(leastElements, 1) && weight.shape.length > 0;
    })
    .map(([name]) => name);
}

/** Layers that have weights to quantize, in the order of the graph. */
export function candidateLayers(model: Model, options: QuantizeWeightsOptions): string[] {
  const { include, exclude } = options;
  const selector: Selector = selectorOf(model, { include, exclude }, WEIGHTS_PASS);
  const layers = candidateWeights(model, options).flatMap((name) => {
    const readers = readersOf(model.graph, name);
    if (!readers.every(({ node }) => selector.has(node, name))) return [];
    return readers.map(({ node }) => selector.layerOf(node));
  });
  return [...new Set(layers)];
}

function refuseNaN(name: string, values: ArrayLike<number>): void {
  for (let i = 0; i < values.length; i++) {
    if (!Number.isNaN(values[i])) continue;
    fail('quantization/weight', {
      subject: `weight '${name}'`,
      expected: 'numbers',
      got: `NaN at element ${i}`,
      advice: 'Train it again, or leave its layer out with exclude',
    });
  }
}

/** @throws `quantization/scheme`, `argument/invalid`. */
export function checkWeightsOptions({ scheme, leastElements }: QuantizeWeightsOptions): void {
  if (!WEIGHT_SCHEMES.includes(scheme)) {
    const near = typeof scheme !== 'string' ? undefined : nearest(scheme, WEIGHT_SCHEMES);
    fail('quantization/scheme', {
      subject: `${WEIGHTS_PASS}: scheme`,
      expected: `one of ${WEIGHT_SCHEMES.join(', ')}`,
      got: JSON.stringify(scheme) ?? 'none',
      ...(near !== undefined && { advice: `Did you mean '${near}'?` }),
    });
  }
  if (leastElements !== undefined && !(Number.isInteger(leastElements) && leastElements >= 0)) {
    fail('argument/invalid', {
      subject: `${WEIGHTS_PASS}: leastElements`,
      expected: 'a whole number of 0 or more',
      got: JSON.stringify(leastElements) ?? 'none',
    });
  }
}
