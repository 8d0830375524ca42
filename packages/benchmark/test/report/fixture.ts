import { randomStream, type Note, type Recipe, type RandomStream } from '@tfjs-optimize/core';
import type {
  CostRecord,
  HistogramRecord,
  LayerCostRecord,
  LayerLimitRecord,
  NodeCostRecord,
  RooflineRecord,
  SparsityMapRecord,
} from '../../src/record/cost.js';
import type { Comparison, Distribution, Machine, Measurement } from '../../src/record/measurement.js';
import type {
  BackendTrialRecord,
  BatchSweepRecord,
  MemoryRecord,
  ProfileRecord,
  QualityRecord,
} from '../../src/record/profile.js';
import type { SensitivityCurvesRecord, SensitivityRecord } from '../../src/record/sensitivity.js';
import type { TrainingEpoch } from '../../src/record/training.js';
import { REPORT_KIND, type ReportModel, type ReportRecord } from '../../src/record/report.js';

/** Reports as real models give them, made up from seeds: nothing is measured. */

export const MACHINE: Machine = {
  cpu: 'Intel(R) Xeon(R) Platinum 8481C CPU @ 2.70GHz',
  cores: 8,
  memoryBytes: 32 * 2 ** 30,
  engine: 'Node 20.19.0 (V8 11.3)',
  platform: 'linux x64',
  tfjs: '4.22.0',
  backend: 'wasm',
};

/** What sets a made-up model apart. */
interface Made {
  readonly name: string;
  /** Median latency in ms. */
  readonly ms: number;
  /** Width of its layers: 1 gives 3.5 million parameters. */
  readonly width: number;
  readonly accuracy: number;
  /** Whether batch normalization and activations have nodes of their own. */
  readonly unfused: boolean;
  readonly sparsity: number;
  readonly seed: number;
}

const ORIGINAL: Made = {
  name: 'mobilenet_v2_1.0_224',
  ms: 41.7,
  width: 1,
  accuracy: 0.9312,
  unfused: true,
  sparsity: 0,
  seed: 1,
};
const OPTIMIZED: Made = {
  ...ORIGINAL,
  name: 'optimized',
  ms: 18.3,
  accuracy: 0.9304,
  unfused: false,
  sparsity: 0.62,
  seed: 2,
};

/** A model before and after, with everything that a report can hold. */
export function pairReport(): ReportRecord {
  const made = [ORIGINAL, OPTIMIZED];
  return {
    ...frame('MobileNetV2 before and after optimization', made),
    models: made.map(modelOf),
    comparison: comparisonOf(made),
    roofline: ROOFLINE,
    backends: BACKENDS,
    backendTimes: comparisonOf([
      { ...OPTIMIZED, name: 'wasm' },
      { ...OPTIMIZED, name: 'cpu', ms: 412, seed: 9 },
    ]),
    recipe: RECIPE,
    notes: NOTES,
  };
}

/** One model alone. */
export function singleReport(): ReportRecord {
  return { ...frame('mobilenet_v2_1.0_224', [ORIGINAL]), models: [modelOf(ORIGINAL)], roofline: ROOFLINE };
}

/** Six models against each other. */
export function manyReport(): ReportRecord {
  const made = [1, 0.75, 0.5, 0.35, 1.4, 1.2].map((width, i): Made => ({
    ...ORIGINAL,
    name: i === 5 ? 'efficientnet_lite0_with_a_name_that_is_long' : `mobilenet_v2_${width}`,
    width,
    ms: 6 + 30 * width ** 2 * (i === 5 ? 1.5 : 1),
    accuracy: 0.94 - 0.05 * (1.4 - width) - (i === 5 ? 0.02 : 0),
    seed: 10 + i,
  }));
  return { ...frame('Six classifiers', made), models: made.map(modelOf), comparison: comparisonOf(made) };
}

/** The least that a report is. */
export function bareReport(): ReportRecord {
  const { name, cost } = modelOf(ORIGINAL);
  return { ...frame('Bare', [ORIGINAL]), models: [{ name, cost }] };
}

function frame(title: string, _: readonly Made[]): Omit<ReportRecord, 'models'> {
  return { kind: REPORT_KIND, version: 1, title, made: '2026-11-23T05:40:00.000Z', machine: MACHINE };
}

function modelOf(made: Made): ReportModel {
  const cost = costOf(made);
  const profile = profileOf(made, cost);
  return {
    name: made.name,
    cost,
    measurement: measurementOf(made),
    profile,
    limits: limitsOf(cost, profile),
    memory: memoryOf(made, cost),
    batches: batchesOf(made),
    quality: qualityOf(made),
    training: trainingOf(made),
    sensitivity: sensitivityOf(made, cost),
    sensitivityCurves: [curvesOf(made, cost, 'weights'), curvesOf(made, cost, 'channels')],
    histograms: histogramsOf(made, cost),
    sparsity: made.sparsity === 0 ? [] : sparsityOf(made, cost),
  };
}

/** Channels, repeats, stride and expansion of MobileNetV2's stages (Sandler et al. 2018, table 2). */
const STAGES = [
  [16, 1, 1, 1],
  [24, 2, 2, 6],
  [32, 3, 2, 6],
  [64, 4, 2, 6],
  [96, 3, 1, 6],
  [160, 3, 2, 6],
  [320, 1, 1, 6],
] as const;

interface Conv {
  readonly name: string;
  readonly op: string;
  readonly side: number;
  readonly parameters: number;
  readonly macs: number;
  readonly channels: number;
}

function convs(width: number): Conv[] {
  const wide = (channels: number): number => Math.max(8, Math.round((channels * width) / 8) * 8);
  const list: Conv[] = [];
  let side = 112;
  const add = (name: string, op: string, weights: number, channels: number): void => {
    list.push({ name, op, side, parameters: weights + 2 * channels, macs: weights * side * side, channels });
  };
  let inputs = wide(32);
  add('Conv1', 'Conv2D', 27 * inputs, inputs);
  STAGES.flatMap(([channels, repeats, stride, expand]) =>
    Array.from({ length: repeats }, (_, i) => ({
      channels: wide(channels),
      stride: i === 0 ? stride : 1,
      expand,
    })),
  ).forEach(({ channels, stride, expand }, block) => {
    const hidden = inputs * expand;
    if (expand > 1) add(`block_${block}_expand`, 'Conv2D', inputs * hidden, hidden);
    side /= stride;
    add(`block_${block}_depthwise`, 'DepthwiseConv2dNative', 9 * hidden, hidden);
    add(`block_${block}_project`, 'Conv2D', hidden * channels, channels);
    inputs = channels;
  });
  const last = Math.max(1280, wide(1280));
  add('Conv_1', 'Conv2D', inputs * last, last);
  side = 1;
  list.push({
    name: 'predictions',
    op: 'MatMul',
    side,
    parameters: last * 1000 + 1000,
    macs: last * 1000,
    channels: 1000,
  });
  return list;
}

function costOf({ width, unfused, sparsity }: Made): CostRecord {
  const layers = convs(width).map((conv): LayerCostRecord => layerOf(conv, unfused, sparsity));
  const nodes = layers.flatMap((layer) => layer.ops.map((op, i): NodeCostRecord => nodeOf(layer, op, i)));
  const sum = (of: (layer: LayerCostRecord) => number): number =>
    layers.reduce((total, layer) => total + of(layer), 0);
  const stored = sum(({ weightBytes }) => weightBytes.stored);
  return {
    parameters: sum(({ parameters }) => parameters),
    nonZeroParameters: sum(({ nonZeroParameters }) => nonZeroParameters),
    weightBytes: {
      stored,
      gzip: Math.round(0.9 * stored),
      memory: sum(({ weightBytes }) => weightBytes.memory),
    },
    fileBytes: stored + (unfused ? 181_204 : 96_310),
    files: unfused ? 'loaded' : 'saving',
    gzipBytes: Math.round(stored * (unfused ? 0.93 : 0.81)),
    nodeCount: nodes.length + 2 * layers.length,
    macs: sum(({ macs }) => macs),
    flops: sum(({ flops }) => flops),
    activationBytes: sum(({ activationBytes }) => activationBytes),
    peakActivationBytes: Math.max(...layers.map(({ activationBytes }) => 2 * activationBytes)),
    peakNode: 'block_1_expand/Conv2D',
    nodes,
    layers,
  };
}

function layerOf(
  { name, op, side, parameters, macs, channels }: Conv,
  unfused: boolean,
  sparsity: number,
): LayerCostRecord {
  const bytes = 4 * side * side * channels;
  const zeros = op === 'Conv2D' || op === 'MatMul' ? sparsity : 0;
  const stored = unfused ? 4 * parameters : parameters;
  const flops = 2 * macs + (unfused ? 3 : 1) * side * side * channels;
  const movedBytes = stored + bytes * (unfused ? 6 : 2);
  const fusedName =
    op === 'MatMul' ? '_FusedMatMul' : op === 'Conv2D' ? '_FusedConv2D' : 'FusedDepthwiseConv2dNative';
  return {
    name,
    ops: unfused ? [op, 'FusedBatchNormV3', 'Relu6'] : [fusedName],
    parameters,
    nonZeroParameters: Math.round(parameters * (1 - zeros)),
    sparsity: zeros,
    weightBytes: { stored, gzip: Math.round(0.9 * stored), memory: 4 * parameters },
    macs,
    flops,
    activationBytes: unfused ? 3 * bytes : bytes,
    movedBytes,
    intensity: flops / movedBytes,
  };
}

function nodeOf(layer: LayerCostRecord, op: string, i: number): NodeCostRecord {
  const { name, macs, flops, activationBytes, movedBytes, parameters, ops } = layer;
  const part = i === 0 ? 1 : 0;
  return {
    name: `${name}/${op}`,
    op,
    layer: name,
    parameters: parameters * part,
    macs: macs * part,
    flops: flops * part,
    activationBytes: activationBytes / ops.length,
    movedBytes: movedBytes / ops.length,
  };
}

function measurementOf({ name, ms, seed }: Made): Measurement {
  const random = randomStream(seed);
  const samples = Array.from({ length: 240 }, () => {
    const tail = random() < 0.08 ? 0.35 * random() : 0;
    return ms * (0.965 + 0.035 * (random() + random() + random()) * (2 / 3) + tail);
  });
  return {
    version: 1,
    name,
    machine: MACHINE,
    inputs: [{ key: 'input_1', dtype: 'float32', shape: [1, 224, 224, 3] }],
    examples: 1,
    firstCallMs: ms * 7.4,
    warmUp: { calls: 36, ms: 36 * ms, stable: true },
    callsPerSample: 1,
    samples,
    latency: distributionOf(samples),
    throughput: 1000 / ms,
  };
}

function distributionOf(samples: readonly number[]): Distribution {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))] as number;
  const mean = samples.reduce((sum, value) => sum + value, 0) / samples.length;
  const sd = Math.sqrt(samples.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (samples.length - 1));
  const ends = { min: at(0), max: at(1), mean, sd, mad: sd * 0.6 };
  return {
    n: samples.length,
    ...ends,
    p50: at(0.5),
    p75: at(0.75),
    p90: at(0.9),
    p95: at(0.95),
    p99: at(0.99),
  };
}

function comparisonOf(made: readonly Made[]): Comparison {
  const [base] = made as [Made];
  return {
    version: 1,
    seed: 7,
    isolated: false,
    tolerance: 1e-4,
    measurements: made.map(measurementOf),
    against: made.slice(1).map(({ name, ms }) => {
      const value = base.ms / ms;
      const verdict = Math.abs(value - 1) < 0.02 ? 'no difference' : value > 1 ? 'faster' : 'slower';
      return {
        name,
        speedup: { value, low: value * 0.983, high: value * 1.021 },
        verdict,
        difference: { max: 3.1e-6, mean: 2.2e-8, relative: 4.7e-6, incomparable: 0 },
      };
    }),
  };
}

function profileOf({ ms, seed, unfused }: Made, cost: CostRecord): ProfileRecord {
  const random = randomStream(seed + 100);
  const shares = cost.nodes.map(
    ({ flops, movedBytes }) => (flops / 30e9 + movedBytes / 9e9) * (0.7 + 0.6 * random()),
  );
  const total = shares.reduce((sum, share) => sum + share, 0);
  const nodes = cost.nodes.map(({ name, op, layer }, i) => ({
    name,
    op,
    layer,
    kernels: [op.replace('Native', '')],
    ms: (ms * 0.97 * (shares[i] as number)) / total,
    kernelMs: (ms * 0.95 * (shares[i] as number)) / total,
  }));
  const group = (of: (node: (typeof nodes)[number]) => string) => {
    const found = new Map<string, { nodes: number; ms: number }>();
    for (const node of nodes) {
      const { nodes: n, ms: sum } = found.get(of(node)) ?? { nodes: 0, ms: 0 };
      found.set(of(node), { nodes: n + 1, ms: sum + node.ms });
    }
    return [...found].map(([name, each]) => ({ name, ...each })).sort((a, b) => b.ms - a.ms);
  };
  return {
    version: 1,
    machine: MACHINE,
    calls: unfused ? 20 : 30,
    wholeMs: ms,
    profiledMs: ms * 1.06,
    sumMs: ms * 0.97,
    nodes: [...nodes].sort((a, b) => b.ms - a.ms),
    ops: group(({ op }) => op),
    layers: group(({ layer }) => layer),
    timeline: [],
  };
}

const ROOFLINE: RooflineRecord = { machine: MACHINE, flopsPerSecond: 68e9, bytesPerSecond: 11e9 };

function limitsOf({ layers }: CostRecord, profile: ProfileRecord): LayerLimitRecord[] {
  return profile.layers.map(({ name, ms }) => {
    const { flops, movedBytes } = layers.find((layer) => layer.name === name) as LayerCostRecord;
    const [arithmetic, memory] = [flops / 68e6, movedBytes / 11e6];
    const limitMs = Math.max(arithmetic, memory);
    return { name, ms, limitMs, reached: limitMs / ms, bound: arithmetic > memory ? 'arithmetic' : 'memory' };
  });
}

function memoryOf({ unfused }: Made, { weightBytes, peakActivationBytes }: CostRecord): MemoryRecord {
  return {
    heldBytes: weightBytes.memory,
    heldTensors: unfused ? 262 : 106,
    peakBytes: peakActivationBytes,
    peakTensors: unfused ? 8 : 5,
    leakedBytes: 0,
    leakedTensors: 0,
    processPeakBytes: unfused ? 214e6 : 181e6,
    wasmHeapBytes: 67_108_864,
  };
}

function batchesOf({ ms }: Made): BatchSweepRecord {
  const batches = [1, 2, 4, 8, 16, 32, 64].map((size) => {
    const time = ms * (0.3 + 0.7 * size) * (size > 16 ? 1.08 : 1);
    const throughput = (1000 * size) / time;
    return {
      size,
      ms: time,
      low: time * 0.98,
      high: time * 1.02,
      throughput,
      speedup: throughput / (1000 / ms),
    };
  });
  return {
    batches,
    best: 16,
    smallestGood: 8,
    failed: [{ size: 128, reason: 'wasm: memory access out of bounds' }],
  };
}

/** A training of twelve epochs, whose loss falls as losses do. */
function trainingOf({ accuracy }: Made): TrainingEpoch[] {
  return Array.from({ length: 12 }, (_, epoch) => {
    const left = Math.exp(-epoch / 3);
    const numbers = {
      loss: 0.2 + 1.8 * left,
      accuracy: accuracy + 0.02 - 0.6 * left,
      'validation/loss': 0.25 + 1.6 * left,
      'validation/accuracy': accuracy - 0.55 * left,
    };
    return { epoch, numbers, steps: 400 * (epoch + 1), learningRate: 0.001 };
  });
}

/** Depthwise layers suffer most, as they do; the last makes no noise. */
function sensitivityOf({ accuracy, seed, unfused }: Made, { layers }: CostRecord): SensitivityRecord {
  const random = randomStream(seed + 500);
  const found = layers.map(({ name, ops }, i) => {
    const sqnr = (name.endsWith('depthwise') ? 14 : 30) + 9 * random();
    const noiseless = i === layers.length - 1;
    return {
      layer: name,
      nodes: [`${name}/${ops[0]}`],
      op: ops[0] as string,
      sqnr: noiseless ? null : sqnr,
      cosine: noiseless ? 1 : 1 - 10 ** (-sqnr / 10),
      // Only one of the two was scored.
      ...(unfused && { drop: noiseless ? 0 : 0.4 * (10 ** (-sqnr / 10) - 0.004) }),
    };
  });
  found.sort((a, b) => (a.sqnr ?? Infinity) - (b.sqnr ?? Infinity));
  return { layers: found, examples: 32, bits: 8, ...(unfused && { score: accuracy }) };
}

/** Weights by drops, which are no numbers in the end for the worst; channels by noise. The last layer bears all. */
function curvesOf(
  { accuracy, seed }: Made,
  { layers }: CostRecord,
  kind: SensitivityCurvesRecord['kind'],
): SensitivityCurvesRecord {
  const random = randomStream(seed + 600);
  const found = layers.map(({ name, ops, parameters }, i) => {
    const size = kind === 'weights' ? parameters : 8 * (1 + (i % 5));
    const weak = i === layers.length - 1 ? 0 : 0.02 + 0.3 * random();
    const points = [0.25, 0.5, 0.75, 0.9].map((ratio) => {
      const noise = weak * ratio ** 3;
      if (kind === 'channels') {
        const snr = noise === 0 ? null : -10 * Math.log10(4 * noise);
        return { ratio, pruned: ratio, snr, cosine: 1 - noise };
      }
      return { ratio, pruned: ratio, drop: i === 0 && ratio === 0.9 ? null : noise };
    });
    return { layer: name, op: ops[0] as string, size, points };
  });
  return kind === 'weights'
    ? { kind, layers: found, score: accuracy }
    : { kind, layers: found, examples: 64 };
}

const LABELS = ['plane', 'car', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'];

function qualityOf({ accuracy, seed }: Made): QualityRecord {
  const random = randomStream(seed + 200);
  const counts = LABELS.map((_, i) =>
    LABELS.map((__, j) => (i === j ? Math.round(1000 * accuracy) : Math.round(random() ** 4 * 24))),
  );
  return {
    examples: 10_000,
    scores: [
      { name: 'accuracy', value: accuracy, higherIsBetter: true },
      { name: 'top-5 accuracy', value: 1 - (1 - accuracy) / 9, higherIsBetter: true },
      { name: 'mean squared error', value: 0.0117 / accuracy, higherIsBetter: false },
      { name: 'F1, macro', value: accuracy - 0.0011, higherIsBetter: true },
    ],
    confusion: { labels: LABELS, counts },
  };
}

function histogramsOf({ seed, sparsity }: Made, { layers }: CostRecord): HistogramRecord[] {
  const random = randomStream(seed + 300);
  return [layers[0], layers[7], layers[20], layers[33], layers.at(-2), layers.at(-1)].flatMap((layer) => {
    if (layer === undefined) return [];
    const deviation = 0.05 + 0.2 * random();
    const high = 4 * deviation;
    const counts = Array.from({ length: 40 }, (_, i) => {
      const z = (i - 19.5) / 5;
      return Math.round(layer.parameters * (Math.exp((-z * z) / 2) / 12.5) * (0.8 + 0.4 * random()));
    });
    const zeros = Math.round(layer.parameters * sparsity);
    return [
      {
        name: `${layer.name}/kernel`,
        layer: layer.name,
        shape: [layer.parameters],
        low: -high,
        high,
        counts,
        zeros,
        notFinite: 0,
      },
    ];
  });
}

function sparsityOf({ seed, sparsity }: Made, { layers }: CostRecord): SparsityMapRecord[] {
  const random: RandomStream = randomStream(seed + 400);
  return [layers[30], layers[45], layers.at(-1)].flatMap((layer, which) => {
    if (layer === undefined) return [];
    const [rows, columns] = [24, 48];
    const zeros = Array.from({ length: rows * columns }, (_, i) => {
      const pruned = which === 1 && Math.floor(i / columns) % 3 === 0;
      return pruned ? 1 : Math.min(1, Math.max(0, sparsity + 0.5 * (random() - 0.5)));
    });
    return [
      { name: `${layer.name}/kernel`, layer: layer.name, shape: [1, 1, 384, 1536], rows, columns, zeros },
    ];
  });
}

const BACKENDS: readonly BackendTrialRecord[] = [
  { name: 'wasm', gpu: false, outcome: 'measured' },
  { name: 'cpu', gpu: false, outcome: 'measured' },
  {
    name: 'webgl',
    gpu: true,
    outcome: 'missing',
    reason: 'no WebGL in this process: it needs a browser or a canvas',
  },
  {
    name: 'webgpu',
    gpu: true,
    outcome: 'missing',
    reason: '@tensorflow/tfjs-backend-webgpu is not installed',
  },
  {
    name: 'tensorflow',
    gpu: false,
    outcome: 'failed',
    reason: 'libtensorflow.so.2: cannot open shared object file',
  },
];

const RECIPE: Recipe = {
  version: 1,
  seed: 7,
  passes: [
    {
      name: 'pipeline',
      options: {
        label: 'inference',
        passes: [
          { name: 'fusion/fold-batch-norm', options: {} },
          { name: 'fusion/fuse-activations', options: { activations: ['relu', 'relu6'] } },
        ],
      },
    },
    { name: 'prune/magnitude', options: { sparsity: 0.62, structured: false } },
    { name: 'quantize/weights', options: { bits: 8, perChannel: true } },
  ],
};

const NOTES: readonly Note[] = [
  ...Array.from({ length: 52 }, (_, i): Note => ({
    pass: 'fusion/fold-batch-norm',
    level: 'info',
    kind: 'did',
    subject: `block_${i}_project`,
    message: `fold-batch-norm: scale and shift of block_${i}_project_BN folded into the kernel`,
  })),
  {
    pass: 'fusion/fuse-activations',
    level: 'info',
    kind: 'declined',
    subject: 'block_3_add',
    message: 'an addition has no fused form',
  },
  {
    pass: 'prune/magnitude',
    level: 'info',
    kind: 'saw',
    subject: 'predictions',
    message: '62 % of 1,281,000 weights are zero now',
  },
  {
    pass: 'quantize/weights',
    level: 'warning',
    kind: 'saw',
    subject: 'Conv1',
    message: 'one channel spans 40 times the range of the others',
  },
];
