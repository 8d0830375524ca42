import { GraphBuilder, loadModel, optimize, parseRecipe, passesOf, type ValueId } from '@tfjs-optimize/core';
import { needShared } from '@tfjs-optimize/testing';
import { fuseNorms, wasmPasses } from '@tfjs-optimize/wasm/passes';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { expectSame, fused, graph, randoms, run } from '../support/graphs.js';
import { useEngine } from '../support/tester.js';

const COLUMNS = 12;
const SHAPE = [-1, 5, COLUMNS];

interface Parts {
  readonly mean: ValueId;
  readonly variance: ValueId;
  readonly scale: ValueId;
  readonly offset: ValueId;
  /** variance + epsilon. */
  readonly sum: ValueId;
}

/** What all forms begin with. */
function parts(b: GraphBuilder, x: ValueId, axis: readonly number[] = [2], keep = true): Parts {
  const axes = b.constant('axes', Int32Array.from(axis), [axis.length]);
  const mean = b.op('Mean', [x, axes], { keep_dims: keep });
  const variance = b.op('Mean', [b.op('SquaredDifference', [x, mean]), axes], { keep_dims: keep });
  const sum = b.op('AddV2', [variance, b.constant('epsilon', 0.001)]);
  return {
    mean,
    variance,
    sum,
    scale: randoms(b, 'gamma', [COLUMNS]),
    offset: randoms(b, 'beta', [COLUMNS]),
  };
}

type Form = (b: GraphBuilder, x: ValueId) => ValueId;

/** tf.nn.batch_normalization of Python. */
const distributed = (b: GraphBuilder, x: ValueId, name = 'y'): ValueId => {
  const { mean, sum, scale, offset } = parts(b, x);
  const factor = b.op('Mul', [b.op('Rsqrt', [sum]), scale]);
  return b.op(
    'AddV2',
    [b.op('Mul', [x, factor]), b.op('Sub', [offset, b.op('Mul', [mean, factor])])],
    {},
    name,
  );
};

/** As tf.layers does it, of one batch of five. */
function repeated(b: GraphBuilder, x: ValueId, copies: readonly number[]): ValueId {
  const mean = b.op('Mean', [x, b.ints([2])], { keep_dims: true });
  const variance = b.op('Mean', [b.op('SquaredDifference', [x, mean]), b.ints([2])], { keep_dims: true });
  const statistics = [mean, variance].map((each) => b.op('Tile', [each, b.ints(copies)]));
  const vectors = ['gamma', 'beta'].map((each) =>
    b.op('Tile', [
      b.op('Reshape', [randoms(b, each, [COLUMNS]), b.ints([1, 1, COLUMNS])]),
      b.ints([3, 5, 1]),
    ]),
  );
  const attrs = { epsilon: 0.01, data_format: 'NHWC', is_training: false };
  return b.op('FusedBatchNormV3', [x, ...vectors, ...statistics], attrs, 'y');
}

const FORMS: Record<string, Form> = {
  'x · r + (offset − mean · r)': distributed,
  'x · r + (−mean · r + offset)': (b, x) => {
    const { mean, sum, scale, offset } = parts(b, x);
    const factor = b.op('Mul', [scale, b.op('Rsqrt', [sum])]);
    const shift = b.op('AddV2', [b.op('Mul', [b.op('Neg', [mean]), factor]), offset]);
    return b.op('AddV2', [shift, b.op('Mul', [x, factor])], {}, 'y');
  },
  'x · r − mean · r, without offset': (b, x) => {
    const { mean, sum, scale } = parts(b, x);
    const factor = b.op('Mul', [scale, b.op('Rsqrt', [sum])]);
    return b.op('Sub', [b.op('Mul', [x, factor]), b.op('Mul', [mean, factor])], {}, 'y');
  },
  'x · r + (offset − mean · r), without scale': (b, x) => {
    const { mean, sum, offset } = parts(b, x, [-1]);
    const factor = b.op('Rsqrt', [sum]);
    return b.op(
      'AddV2',
      [b.op('Mul', [x, factor]), b.op('Sub', [offset, b.op('Mul', [mean, factor])])],
      {},
      'y',
    );
  },
  'x · r − mean · r, without both': (b, x) => {
    const { mean, sum } = parts(b, x);
    const factor = b.op('Rsqrt', [sum]);
    const shift = b.op('Neg', [b.op('Mul', [mean, factor])]);
    return b.op('AddV2', [b.op('Mul', [x, factor]), shift], {}, 'y');
  },
  '(x − mean) · r · scale + offset': (b, x) => {
    const { mean, sum, scale, offset } = parts(b, x);
    const normal = b.op('Mul', [b.op('Sub', [x, mean]), b.op('Rsqrt', [sum])]);
    return b.op('AddV2', [b.op('Mul', [normal, scale]), offset], {}, 'y');
  },
  '(x − mean) · (r · scale) + offset': (b, x) => {
    const { mean, sum, scale, offset } = parts(b, x);
    const factor = b.op('Mul', [scale, b.op('Rsqrt', [sum])]);
    return b.op('BiasAdd', [b.op('Mul', [b.op('Sub', [x, mean]), factor]), offset], {}, 'y');
  },
  '(x − mean) / √(mean((x − mean)²) + ε), as PyTorch exports it': (b, x) => {
    const axes = b.ints([-1]);
    const centred = b.op('Sub', [x, b.op('Mean', [x, axes], { keep_dims: true })]);
    const square = b.op('Pow', [centred, b.constant('two', 2)]);
    const variance = b.op('Mean', [square, axes], { keep_dims: true });
    const root = b.op('Sqrt', [b.op('AddV2', [variance, b.constant('epsilon', 1e-5)])]);
    const normal = b.op('RealDiv', [centred, root]);
    const scaled = b.op('Mul', [normal, randoms(b, 'gamma', [1, 1, COLUMNS])]);
    return b.op('AddV2', [scaled, randoms(b, 'beta', [1, COLUMNS])], {}, 'y');
  },
  'a factor behind scale and offset': (b, x) =>
    b.op('Mul', [distributed(b, x, 'norm'), randoms(b, 'factor', [COLUMNS])], {}, 'y'),
  'statistics repeated in front of a batch norm': (b, x) => repeated(b, x, [1, 1, COLUMNS]),
  'the normalization alone': (b, x) => {
    const { mean, sum } = parts(b, x);
    return b.op('Mul', [b.op('Sub', [x, mean]), b.op('Rsqrt', [sum])], {}, 'y');
  },
  'a number for all columns behind it': (b, x) => {
    const { mean, sum } = parts(b, x);
    const normal = b.op('Mul', [b.op('Sub', [x, mean]), b.op('Rsqrt', [sum])]);
    return b.op('AddV2', [b.op('Mul', [b.constant('half', 0.5), normal]), b.constant('three', 3)], {}, 'y');
  },
};

/** LayerNormalization of Keras 2, as its fused path becomes a graph. */
function keras(b: GraphBuilder, x: ValueId, columns = COLUMNS, back?: ValueId): ValueId {
  const shape = b.op('Shape', [x]);
  const size = (axis: number): ValueId =>
    b.op('StridedSlice', [shape, b.ints([axis]), b.ints([axis + 1]), b.ints([1])], {
      shrink_axis_mask: 1,
      ...{ begin_mask: 0, end_mask: 0, ellipsis_mask: 0, new_axis_mask: 0 },
    });
  const rows = b.op('Mul', [b.op('Mul', [b.ints(1), size(0)]), size(1)]);
  const target = b.op('Pack', [b.ints(1), rows, b.ints(columns), b.ints(1)], { N: 4, axis: 0 });
  const packed = b.op('Pack', [rows], { N: 1, axis: 0 });
  const inputs = [
    b.op('Reshape', [x, target]),
    b.op('Fill', [packed, b.constant('one', 1)]),
    b.op('Fill', [packed, b.constant('zero', 0)]),
    b.constant('empty', new Float32Array(0), [0]),
    b.constant('empty_1', new Float32Array(0), [0]),
  ];
  const attrs = { epsilon: 0.01, data_format: 'NCHW', is_training: true };
  return b.op('Reshape', [b.op('FusedBatchNormV3', inputs, attrs), back ?? shape]);
}

describe('mend-layer-norm', () => {
  before(useEngine);

  it('makes layer normalization of Keras, of which TensorFlow.js makes NaN', async () => {
    const before = graph(SHAPE, (b, x) => {
      const scaled = b.op('Mul', [keras(b, x), randoms(b, 'gamma', [COLUMNS])]);
      return b.op('AddV2', [scaled, randoms(b, 'beta', [COLUMNS])]);
    });
    const { model, ops } = await fused(before);
    expect(ops).to.deep.equal(['TfjsOptimizeLayerNorm']);
    const plain = graph(SHAPE, (b, x) => {
      const mean = b.op('Mean', [x, b.ints([2])], { keep_dims: true });
      const variance = b.op('Mean', [b.op('SquaredDifference', [x, mean]), b.ints([2])], { keep_dims: true });
      const root = b.op('Sqrt', [b.op('AddV2', [variance, b.constant('epsilon', 0.01)])]);
      const normal = b.op('RealDiv', [b.op('Sub', [x, mean]), root]);
      const scaled = b.op('Mul', [normal, randoms(b, 'gamma', [COLUMNS])]);
      return b.op('AddV2', [scaled, randoms(b, 'beta', [COLUMNS])]);
    });
    await expectSame(plain, model, [3, 5, COLUMNS], 2e-5);
    await tf.setBackend('cpu');
    const x = tf.ones([3, 5, COLUMNS]);
    const stock = await run(before, [x]);
    expect(Array.from(await stock.data()).every(Number.isNaN)).to.equal(true);
    tf.dispose([x, stock]);
    await tf.setBackend('wasm');
  });

  it('leaves rows of another length, and another shape behind it', async () => {
    for (const before of [
      graph(SHAPE, (b, x) => keras(b, x, COLUMNS / 2)),
      graph(SHAPE, (b, x) => keras(b, x, COLUMNS, b.ints([5, -1, COLUMNS]))),
    ]) {
      expect((await fused(before)).model).to.equal(before);
    }
  });
});

describe('fuse-layer-norm', () => {
  before(useEngine);

  for (const [name, form] of Object.entries(FORMS)) {
    it(`finds ${name}`, async () => {
      const before = graph(SHAPE, form);
      const { model, ops } = await fused(before);
      expect(ops).to.deep.equal(['TfjsOptimizeLayerNorm']);
      expect(model.graph.outputs).to.deep.equal(['y']);
      await expectSame(before, model, [3, 5, COLUMNS], 2e-5);
    });
  }

  it('goes on behind one that it has found', async () => {
    const before = graph(SHAPE, (b, x) => {
      let y = x;
      for (const axis of [[-1], [2]]) {
        const mean = b.op('Mean', [y, b.ints(axis)], { keep_dims: true });
        const square = b.op('SquaredDifference', [y, mean]);
        const variance = b.op('Mean', [square, b.ints(axis)], { keep_dims: true });
        const root = b.op('Rsqrt', [b.op('AddV2', [variance, b.constant(`epsilon${axis.join()}`, 0.01)])]);
        y = b.op('Relu', [b.op('Mul', [b.op('Sub', [y, mean]), root])]);
      }
      return y;
    });
    const { model, ops } = await fused(before);
    expect(ops).to.deep.equal(['TfjsOptimizeLayerNorm', 'Relu', 'TfjsOptimizeLayerNorm', 'Relu']);
    await expectSame(before, model, [3, 5, COLUMNS], 2e-5);
  });

  it('finds layer normalization of tf.layers, of two to four axes', async () => {
    for (const inner of [[COLUMNS], [5, COLUMNS], [3, 4, COLUMNS]]) {
      const layers = tf.sequential({
        layers: [
          tf.layers.dense({ units: COLUMNS, inputShape: inner }),
          tf.layers.layerNormalization({ gammaInitializer: 'randomNormal', betaInitializer: 'randomNormal' }),
          tf.layers.dense({ units: 2 }),
        ],
      });
      const before = await loadModel(layers);
      const { model, ops } = await fused(before);
      expect(ops.filter((op) => op === 'TfjsOptimizeLayerNorm')).to.have.length(1);
      expect(ops).to.not.include('Mean');
      expect(ops).to.not.include('Tile');
      await expectSame(before, model, [3, ...inner], 1e-4);
      layers.dispose();
    }
  });

  it('leaves layer normalization of tf.layers over other axes', async () => {
    for (const axis of [1, [1, 2]]) {
      const layers = tf.sequential({ layers: [tf.layers.layerNormalization({ axis, inputShape: [6, 6] })] });
      const before = await loadModel(layers);
      expect((await fused(before)).model).to.equal(before);
      layers.dispose();
    }
  });

  const MISSES: Record<string, Form> = {
    'a mean along another axis': (b, x) => {
      const { mean, sum } = parts(b, x, [1]);
      return b.op('Mul', [b.op('Sub', [x, mean]), b.op('Rsqrt', [sum])]);
    },
    'a mean along two axes': (b, x) => {
      const { mean, sum } = parts(b, x, [1, 2]);
      return b.op('Mul', [b.op('Sub', [x, mean]), b.op('Rsqrt', [sum])]);
    },
    'a mean along the last axis and another': (b, x) => {
      const { mean, sum } = parts(b, x, [2, 1]);
      return b.op('Mul', [b.op('Sub', [x, mean]), b.op('Rsqrt', [sum])]);
    },
    'a mean that is not repeated to the shape of x': (b, x) => repeated(b, x, [1, 1, 1]),
    'a variance along another axis than the mean': (b, x) => {
      const mean = b.op('Mean', [x, b.ints([2])], { keep_dims: true });
      const variance = b.op('Mean', [b.op('SquaredDifference', [x, mean]), b.ints([1])], { keep_dims: true });
      const root = b.op('Rsqrt', [b.op('AddV2', [variance, b.constant('epsilon', 0.1)])]);
      return b.op('Mul', [b.op('Sub', [x, mean]), root]);
    },
    'a variance of another value': (b, x) => {
      const mean = b.op('Mean', [x, b.ints([2])], { keep_dims: true });
      const other = b.op('SquaredDifference', [b.op('Relu', [x]), mean]);
      const variance = b.op('Mean', [other, b.ints([2])], { keep_dims: true });
      const root = b.op('Rsqrt', [b.op('AddV2', [variance, b.constant('epsilon', 0.1)])]);
      return b.op('Mul', [b.op('Sub', [x, mean]), root]);
    },
    'an epsilon for each column': (b, x) => {
      const { mean, variance } = parts(b, x);
      const epsilons = b.constant('epsilons', new Float32Array(COLUMNS).fill(0.1), [COLUMNS]);
      return b.op('Mul', [b.op('Sub', [x, mean]), b.op('Rsqrt', [b.op('AddV2', [variance, epsilons])])]);
    },
    'an epsilon below 0': (b, x) => {
      const { mean, variance } = parts(b, x);
      const sum = b.op('AddV2', [variance, b.constant('below', -0.1)]);
      return b.op('Mul', [b.op('Sub', [x, mean]), b.op('Rsqrt', [sum])]);
    },
    'a scale for each row': (b, x) => {
      const { mean, sum } = parts(b, x);
      const factor = b.op('Mul', [b.op('Rsqrt', [sum]), randoms(b, 'rows', [5, 1])]);
      const shift = b.op('Neg', [b.op('Mul', [mean, factor])]);
      return b.op('AddV2', [b.op('Mul', [x, factor]), shift]);
    },
    'a factor with more axes than x': (b, x) => {
      const { mean, sum } = parts(b, x);
      const factor = b.op('Mul', [b.op('Rsqrt', [sum]), randoms(b, 'more', [1, 1, 1, COLUMNS])]);
      const shift = b.op('Neg', [b.op('Mul', [mean, factor])]);
      return b.op('AddV2', [b.op('Mul', [x, factor]), shift]);
    },
    'two different factors': (b, x) => {
      const { mean, sum, scale, offset } = parts(b, x);
      const root = b.op('Rsqrt', [sum]);
      const [one, two] = [scale, offset].map((each) => b.op('Mul', [root, each])) as [ValueId, ValueId];
      return b.op('Sub', [b.op('Mul', [x, one]), b.op('Mul', [mean, two])]);
    },
    'a mean without the scale': (b, x) => {
      const { mean, sum, scale, offset } = parts(b, x);
      const root = b.op('Rsqrt', [sum]);
      const shift = b.op('Sub', [offset, b.op('Mul', [mean, root])]);
      return b.op('AddV2', [b.op('Mul', [x, b.op('Mul', [root, scale])]), shift]);
    },
    'another reader of the mean': (b, x) => b.op('AddV2', [distributed(b, x), 'Mean']),
    'another reader of the variance': (b, x) => b.op('AddV2', [distributed(b, x), 'Mean_1']),
  };
  for (const [name, form] of Object.entries(MISSES)) {
    it(`leaves ${name}`, async () => {
      const before = graph(SHAPE, form);
      expect((await fused(before)).model).to.equal(before);
    });
  }

  it('leaves rows of unknown length, and a mean that is handed out', async () => {
    const unknown = graph([-1, -1], (b, x) => {
      const { mean, sum } = parts(b, x, [-1]);
      return b.op('Mul', [b.op('Sub', [x, mean]), b.op('Rsqrt', [sum])]);
    });
    expect((await fused(unknown)).declined.join()).to.include('rows of unknown length');
    const b = new GraphBuilder();
    const before = b
      .output(distributed(b, b.input('x', SHAPE)))
      .output('Mean')
      .build();
    expect((await fused(before)).model).to.equal(before);
  });

  it('leaves a factor for each row, and one with more axes, behind it', async () => {
    for (const shape of [
      [5, 1],
      [1, 1, 1, COLUMNS],
    ]) {
      const before = graph(SHAPE, (b, x) => b.op('Mul', [distributed(b, x), randoms(b, 'factor', shape)]));
      const { model, ops } = await fused(before);
      expect(ops).to.deep.equal(['TfjsOptimizeLayerNorm', 'Mul']);
      await expectSame(before, model, [3, 5, COLUMNS], 2e-5);
    }
  });

  it('is a pass that recipes name', async () => {
    const before = graph(SHAPE, distributed);
    const { recipe } = await optimize(before, fuseNorms());
    const again = await optimize(before, passesOf(parseRecipe(JSON.stringify(recipe)), wasmPasses));
    expect([...again.model.graph].map(({ op }) => op)).to.include('TfjsOptimizeLayerNorm');
  });

  it('finds all 24 of a transformer and keeps what it computes', async function () {
    this.timeout(60_000);
    const before = await loadModel(needShared(this, 'data', 'models', 'transformer-lm-uint8-graph'));
    const { model, ops } = await fused(before);
    expect(ops.filter((op) => op === 'TfjsOptimizeLayerNorm')).to.have.length(24);
    expect(ops).to.not.include('SquaredDifference');
    const token = tf.tensor([[17]], [1, 1], 'int32');
    for (const backend of ['cpu', 'wasm']) {
      await tf.setBackend(backend);
      const [old, now] = [await run(before, [token]), await run(model, [token])];
      const largest = tf.tidy(() => now.sub(old).abs().max().dataSync()[0]);
      expect(largest, backend).to.be.lessThan(1e-3);
      tf.dispose([old, now]);
    }
    await tf.setBackend('wasm');
    token.dispose();
  });
});
