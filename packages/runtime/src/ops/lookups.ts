import { lookUp, softmax } from '../reference/lookups.js';
import { defineOp } from './op.js';

export const LOOKUPS = [
  defineOp({
    name: 'Table',
    inputs: ['x', 'table'],
    attrs: () => ({}),
    run: (inputs) => {
      inputs.count('table', 256);
      return { shape: inputs.shape('x'), data: lookUp(inputs.int8('x'), inputs.int8('table')) };
    },
  }),
  defineOp({
    name: 'Softmax',
    inputs: ['x', 'table'],
    attrs: () => ({}),
    run: (inputs) => {
      const shape = inputs.shape('x');
      const table = inputs.int32('table', 256);
      const wrong = table.findIndex((value, i) => value < 0 || (i === 0 && value === 0));
      if (wrong >= 0) {
        inputs.refuse('table', 'numbers of at least 0, the first above', `${table[wrong]} at ${wrong}`);
      }
      const columns = shape.at(-1);
      if (columns === undefined) return inputs.refuse('x', 'a tensor of rank 1 or more', 'a scalar');
      return { shape, data: softmax(inputs.int8('x'), columns, table) };
    },
  }),
];
