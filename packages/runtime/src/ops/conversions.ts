import { dequantize, quantize, requantize } from '../reference/conversions.js';
import type { AttrReader } from './attrs.js';
import { defineOp } from './op.js';
import { paramsOf, stageOf } from './params.js';

const scaleAttrs = (given: AttrReader) => ({
  scale: given.scale('scale'),
  zero_point: given.int8('zero_point'),
});

export const CONVERSIONS = [
  defineOp({
    name: 'Quantize',
    inputs: ['x'],
    attrs: scaleAttrs,
    run: (inputs, { scale, zero_point }) => ({
      shape: inputs.shape('x'),
      data: quantize(inputs.floats('x'), scale, zero_point),
    }),
  }),
  defineOp({
    name: 'Dequantize',
    inputs: ['q'],
    attrs: scaleAttrs,
    run: (inputs, { scale, zero_point }) => ({
      shape: inputs.shape('q'),
      data: dequantize(inputs.int8('q'), scale, zero_point),
    }),
  }),
  defineOp({
    name: 'Requantize',
    inputs: ['q'],
    attrs: paramsOf,
    run: (inputs, attrs) => ({
      shape: inputs.shape('q'),
      data: requantize(inputs.int8('q'), attrs.x_zero_point, stageOf(attrs, attrs.x_scale / attrs.y_scale)),
    }),
  }),
];
