import { guard, pipeline, type Pass } from '@tfjs-optimize/core';

declare const any: Pass;
declare const float: Pass<'float'>;
declare const quantize: Pass<'float', 'integer'>;
declare const integer: Pass<'integer'>;

// A pipeline takes what its first pass takes and gives what its last one gives.
const all: Pass<'float', 'integer'> = pipeline('all', [any, float, quantize, any, integer]);
void all;
const inner: Pass<'float', 'integer'> = pipeline('outer', [pipeline('inner', [float, any]), quantize]);
void inner;
const keeps: Pass = pipeline('keeps', [any, any]);
void keeps;

// A guard may give back what it got.
const guarded: Pass<'float', 'float' | 'integer'> = guard(quantize, { maxDrop: 0.01 });
void guarded;
const guardedAny: Pass = guard(any, { maxDrop: 0.01 });
void guardedAny;
// @ts-expect-error so whether its result is integer is not known when it is compiled
const surely: Pass<'float', 'integer'> = guard(quantize, { maxDrop: 0.01 });
void surely;

// @ts-expect-error a float pass cannot follow one that gives an integer model
void pipeline('wrong', [quantize, float]);
// @ts-expect-error nor when passes that keep the stage stand between
void pipeline('wrong', [quantize, any, any, float]);
// @ts-expect-error a pipeline that starts with float models does not take integer ones
const takes: Pass<'integer', 'integer'> = pipeline('wrong', [quantize, integer]);
void takes;
