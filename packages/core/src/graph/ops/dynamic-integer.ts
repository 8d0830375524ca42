import { OP_PREFIX } from '@tfjs-optimize/runtime/format';
import { one, staticRule } from '../shapes/basic.js';
import { matrixProduct } from '../shapes/matrix.js';
import { convolution, depthwise } from '../shapes/windows.js';
import { denseMacs, DENSE_TEXT, depthwiseMacs, DEPTHWISE_TEXT } from './convolution.js';
import { ANY, sameSize } from './dims.js';
import { batchMacs, matMulMacs, slidingAttrs } from './integer.js';
import type { OpRow } from './row.js';
import { byDefault, macs, maybe, never, opt, statistic, tensor, weight } from './spec.js';

/* Products of floats that become whole numbers when they run. What comes and what goes is float32. */

const row = {
  outputs: 1,
  traits: [],
  fold: never('an int8 constant takes less room than what is computed from it'),
} as const;

const dynamicAttrs = {
  mode: byDefault('string', 'row'),
  activation: byDefault('string', 'uint8'),
} as const;

const attrs = { ...dynamicAttrs, clamp_min: opt('float'), clamp_max: opt('float') } as const;
const convAttrs = { ...attrs, ...slidingAttrs, dilations: byDefault('ints', [1, 1, 1, 1]) } as const;
const filter = [weight('filter'), statistic('scales'), maybe(weight('bias'))] as const;
const float = 'float32';
const ranges = (per: string): string =>
  `x becomes whole numbers by the range of each ${per} (mode row) or of all values (mode tensor).`;

const ROWS: Readonly<Record<string, OpRow>> = {
  DynamicMatMul: {
    ...row,
    category: 'matrices',
    inputs: [tensor('x'), weight('w'), statistic('scales'), maybe(weight('bias'))],
    attrs,
    shape: staticRule('[...rows of x, columns of w]', (view) => {
      const [x, w] = [view.shape(0), view.shape(1)];
      if (x === undefined) return one(undefined, float);
      if (x.length === 0 || sameSize(x.at(-1) as number, w?.[0] ?? ANY) === undefined) {
        return view.contradiction('rows of x that fit w', `[${x.join(',')}] and [${w?.join(',') ?? ''}]`);
      }
      return one([...x.slice(0, -1), w?.[1] ?? ANY], float);
    }),
    work: macs('MACs: rows × inner × columns', matMulMacs),
    notes: ranges('row'),
  },
  DynamicBatchMatMul: {
    ...row,
    category: 'matrices',
    inputs: [tensor('a'), tensor('b')],
    attrs: { ...dynamicAttrs, adj_x: byDefault('bool', false), adj_y: byDefault('bool', false) },
    shape: matrixProduct(['adj_x', 'adj_y'], float),
    work: macs('MACs: batch × m × k × n', batchMacs),
    notes:
      'Rows of a and columns of b become whole numbers by their ranges, or all values of each (mode tensor).',
  },
  DynamicConv2D: {
    ...row,
    category: 'convolution',
    inputs: [tensor('x'), ...filter],
    attrs: convAttrs,
    shape: convolution(4, float),
    work: macs(DENSE_TEXT, denseMacs),
    notes: ranges('example'),
  },
  DynamicDepthwiseConv2D: {
    ...row,
    category: 'convolution',
    inputs: [tensor('x'), ...filter],
    attrs: convAttrs,
    shape: depthwise(float),
    work: macs(DEPTHWISE_TEXT, depthwiseMacs),
    notes: ranges('example'),
  },
};

/** Dynamic ops by their names in graphs. */
export const DYNAMIC_INTEGER_OPS: Readonly<Record<string, OpRow>> = Object.fromEntries(
  Object.entries(ROWS).map(([name, found]) => [`${OP_PREFIX}${name}`, found]),
);
