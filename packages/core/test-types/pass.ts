import type { Fact, Model, Pass, PassResult } from '@tfjs-optimize/core';

// A pass is a value with a name, JSON options and a function.
const keep: Pass = {
  name: 'example/keep',
  options: { bits: 8 },
  run: (model) => Promise.resolve({ model, changed: false, notes: [] }),
};
void keep;

// @ts-expect-error a pass without a function does nothing
const noRun: Pass = { name: 'example/no-run', options: {} };
void noRun;

// @ts-expect-error live things come by name through context.inputs: options are JSON
const liveOption: Pass = { ...keep, options: { teacher: new Map() } };
void liveOption;

const noChanged: Pass = {
  ...keep,
  // @ts-expect-error a pass tells whether it changed the model
  run: (model) => Promise.resolve({ model, notes: [] }),
};
void noChanged;

// A pass says which stage it takes and which it gives.
declare const quantize: Pass<'float', 'integer'>;
declare const floatModel: Model<'float'>;
declare const integerModel: Model<'integer'>;
type RunContext = Parameters<Pass['run']>[1];
declare const context: RunContext;
const quantized: Promise<PassResult<'integer'>> = quantize.run(floatModel, context);
void quantized;
// @ts-expect-error an integer model is not quantized again
void quantize.run(integerModel, context);

// The context hands out typed live inputs and cannot be written to.
const teacher: Model = context.inputs.need<Model>('teacher');
void teacher;
// @ts-expect-error the seed is the runner's
context.seed = 2;

// A fact's value is of the fact's type.
declare const masks: Fact<ReadonlyMap<string, Uint8Array>>;
const value: ReadonlyMap<string, Uint8Array> | undefined = floatModel.facts.get(masks);
void value;
// @ts-expect-error masks are bytes, not text
const wrongValue: ReadonlyMap<string, string> | undefined = floatModel.facts.get(masks);
void wrongValue;
