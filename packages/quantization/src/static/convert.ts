import {
  checkOptions,
  INT8_PORTS_KEY,
  optionKinds,
  type OptionKinds,
  type JsonObject,
  type Model,
  type Note,
  type Port,
  type ValueId,
} from '@tfjs-optimize/core';
import { rangesFact } from '../calibrate/ranges.js';
import type { QParams, Range } from '../numerics/qparams.js';
import type { Selection } from '../select.js';
import { refuseFakeQuant, requireFloat } from '../source.js';
import { chooseUnits, type Choice } from './choose.js';
import { Emitter } from './emit.js';
import { findParameters, type Parameters } from './parameters.js';
import { readUnits } from './read.js';
import { isCompute } from './units.js';
import type { WeightScales } from './weights.js';

/** How a float model becomes an integer one. */
export interface ConvertOptions extends Selection, Partial<WeightScales> {
  /**
   * `float` (unless told): inputs and outputs stay as they are. `int8`: float inputs and outputs become int32 tensors of int8
   * values; their scales and zero points stand in the metadata under {@link INT8_PORTS_KEY}.
   */
  readonly io?: 'float' | 'int8';
}

const SUBJECT = 'quantization/static';

const { list, code, either, oneOf } = optionKinds;
const OPTIONS: OptionKinds<ConvertOptions> = {
  ...{ include: either(list, code), exclude: either(list, code), io: oneOf('float', 'int8') },
  ...{ granularity: oneOf('channel', 'tensor'), scaleType: oneOf('float32', 'bfloat16') },
};

/** A conversion. */
export interface ConvertResult {
  readonly model: Model;
  readonly changed: boolean;
  readonly notes: readonly Note[];
}

/**
 * Makes the integer model of a float one by the 8-bit specification of TensorFlow Lite (Jacob et al. 2018): activations
 * affine, weights symmetric, bias int32, requantization in fixed point.
 *
 * @param ranges what values of the graph are over calibration data.
 * @throws `argument/invalid` for options that are none; `model/stage` for a model that is integer already or
 *   has fake quantization; `quantization/layer` for a name that is not there;
 *   `quantization/range` for weights that are not finite.
 */
export function convertStatic(
  model: Model,
  ranges: (value: ValueId) => Range | undefined,
  options: ConvertOptions = {},
): ConvertResult {
  checkOptions<ConvertOptions>(options, OPTIONS, { where: SUBJECT });
  const { io = 'float', granularity = 'channel', scaleType = 'bfloat16', ...selection } = options;
  requireFloat(model, SUBJECT);
  refuseFakeQuant(model, SUBJECT);
  const reading = readUnits(model);
  const choice = chooseUnits(model, reading, { ...selection, ranges, io });
  if (choice.units.length === 0) return { model, changed: false, notes: [...choice.notes, NOTHING] };
  const parameters = findParameters(choice, reading.constants, ranges);
  const emitter = new Emitter(model, reading, choice, parameters, { io, granularity, scaleType });
  const { graph, weights, moves } = emitter.run();
  const facts = model.facts.without(rangesFact).followed(moves, weights);
  const signature = {
    inputs: model.signature.inputs.map((port) => (choice.inputs.has(port.value) ? asInt32(port) : port)),
    outputs: model.signature.outputs.map((port, i) => {
      const isInt8 = emitter.isInteger(port.value) !== emitter.isConvertedOutput(port.value);
      const now = { ...port, value: graph.outputs[i] as ValueId };
      return isInt8 ? asInt32(now) : now;
    }),
  };
  const { signature: _written, ...extras } = model.extras;
  const metadata = portsMetadata(model, choice, parameters, emitter);
  const integer = model.with({
    ...{ graph, weights, signature, stage: 'integer', facts },
    extras:
      metadata === undefined
        ? extras
        : { ...extras, userDefinedMetadata: { ...extras.userDefinedMetadata, [INT8_PORTS_KEY]: metadata } },
  });
  return { model: integer, changed: true, notes: [countNote(choice), ...choice.notes] };
}

function asInt32(port: Port): Port {
  return { ...port, dtype: 'int32' };
}

function portsMetadata(
  model: Model,
  { inputs }: Choice,
  parameters: Parameters,
  emitter: Emitter,
): JsonObject | undefined {
  if (emitter.options.io === 'float') return undefined;
  const told = (ports: readonly Port[]): JsonObject =>
    Object.fromEntries(ports.map(({ key, value }) => [key, json(parameters.of(value))]));
  return {
    inputs: told(model.signature.inputs.filter(({ value }) => inputs.has(value))),
    outputs: told(
      model.signature.outputs.filter(
        ({ value }) => emitter.isInteger(value) || emitter.isConvertedOutput(value),
      ),
    ),
  };
}

function json({ scale, zeroPoint }: QParams): JsonObject {
  return { scale, zeroPoint };
}

const NOTHING: Note = {
  level: 'warning',
  kind: 'saw',
  message:
    'nothing became integer: no convolution or product with weights is chosen, takes floats and has known ranges',
};

function countNote({ units }: Choice): Note {
  const compute = units.filter(isCompute).length;
  const rest = units.length - compute;
  return {
    level: 'info',
    kind: 'did',
    message: `${compute} convolutions and products and ${rest} other ops are integer`,
  };
}
