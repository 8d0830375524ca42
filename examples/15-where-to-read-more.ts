// %% [markdown]
// # Where to read more
//
// The methods of this toolkit come from papers, and these are the ones to read: few for each topic, with what each is
// good for, and which notebook and which functions here go with it. Running the notebook prints the list and checks
// what can be checked without a network: that no work is named twice, that each link has the form of its kind, that
// each notebook is in this folder, and that each function is exported by the package that is named.

// %%
import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';

interface Work {
  readonly title: string;
  /** `arXiv:…`, `doi:…` or an address. */
  readonly at: string;
  /** What here goes with it: `package.export`. */
  readonly here: readonly string[];
}

const LINK = /^(arXiv:\d{4}\.\d{4,5}|doi:10\.\d{4}\/[\d.]+|https:\/\/[\w.-]+\/[\w/.-]+)$/;
const ENTRY = /^([^:]+): (.+) <([^<>]+)>\n {2}([^[\]\n]+)(?: \[([\w., ]+)\])?$/;
const works: Work[] = [];
const notebooks: string[] = [];

/**
 * Prints one topic with the numbers of its notebooks, and keeps what is checked at the end. Each entry of `text` is two
 * lines: `who (when): title <where>`, and below what it is good for, with what here goes with it in brackets.
 */
function read(topic: string, numbers: readonly string[], text: string): void {
  notebooks.push(...numbers);
  console.log(`\n## ${topic} (${numbers.join(', ')})\n`);
  for (const entry of text.trim().split(/\n(?! )/)) {
    const [, by = '', title = '', at = '', why = '', here] =
      ENTRY.exec(entry) ?? assert.fail(`not an entry: ${entry}`);
    works.push({ title, at, here: here?.split(', ') ?? [] });
    console.log(`${by}: ${title}\n    ${addressOf(at)}\n    ${why}`);
    if (here !== undefined) console.log(`    here: ${here}`);
  }
}

function addressOf(at: string): string {
  assert.match(at, LINK);
  return at.replace(/^arXiv:/, 'https://arxiv.org/abs/').replace(/^doi:/, 'https://doi.org/');
}

// %% [markdown]
// ## Measuring
//
// Start with Georges: why one run of a warm program says little. Then Mytkowicz, for what you would never suspect.

// %%
read(
  'Measuring',
  ['01', '14'],
  `
Georges, Buytaert and Eeckhout (2007): Statistically Rigorous Java Performance Evaluation <doi:10.1145/1297027.1297033>
  warm-up, intervals instead of best times, and how conclusions flip without them [benchmark.compare]
Mytkowicz, Diwan, Hauswirth and Sweeney (2009): Producing Wrong Data Without Doing Anything Obviously Wrong! <doi:10.1145/1508244.1508275>
  the size of the environment or the order of linking can move a time by more than an optimization does
Kalibera and Jones (2013): Rigorous Benchmarking in Reasonable Time <doi:10.1145/2464157.2464160>
  calls, processes and builds vary each in their way: at which of them to repeat [benchmark.ratioOverRuns]
Barrett, Bolz-Tereick, Killick, Mount and Tratt (2017): Virtual Machine Warmup Blows Hot and Cold <doi:10.1145/3133876>
  programs that never become steady, which is why being warm is tested here and not assumed [benchmark.measure]
Williams, Waterman and Patterson (2009): Roofline: An Insightful Visual Performance Model for Multicore Architectures <doi:10.1145/1498765.1498785>
  whether arithmetic or memory bounds a layer, and so whether it can become faster [benchmark.measureRoofline, benchmark.costByLayer]
Reddi et al. (2020): MLPerf Inference Benchmark <arXiv:1911.02549>
  single stream, server and offline: the question decides which number is the right one [benchmark.sweepBatches, benchmark.singleAgainstBatch]
`,
);

// %% [markdown]
// ## Quantization
//
// Nagel's white paper is the textbook. Jacob is where the integer arithmetic comes from, and the specification below it
// is what files and chips agree on.

// %%
read(
  'Quantization',
  ['03', '17'],
  `
Nagel, Fournarakis, Amjad, Bondarenko, van Baalen and Blankevoort (2021): A White Paper on Neural Network Quantization <arXiv:2106.08295>
  after training and in training: what to try first, and what when it fails [quantization.quantizeStatic, quantization.quantizationAware, quantization.sensitivity]
Jacob et al. (2018): Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference <arXiv:1712.05877>
  scales, zero points, fixed-point multipliers and fake quantization, as TensorFlow Lite has them [quantization.convertStatic, quantization.fakeQuant, quantization.foldNorms]
Krishnamoorthi (2018): Quantizing deep convolutional networks for efficient inference: A whitepaper <arXiv:1806.08342>
  why a scale for each channel, and what each scheme costs on the networks that one knows [quantization.quantizeWeights]
Nagel, van Baalen, Blankevoort and Welling (2019): Data-Free Quantization Through Weight Equalization and Bias Correction <arXiv:1906.04721>
  what saves a MobileNet whose channels differ a hundredfold [quantization.equalize, quantization.correctBias]
Google: LiteRT 8-bit quantization specification <https://developers.google.com/edge/litert/conversion/tensorflow/quantization/quantization_spec>
  operator by operator: which types, which ranges, which axis [quantization.staticPass]
`,
);

// %% [markdown]
// ## Pruning

// %%
read(
  'Pruning',
  ['07', '18'],
  `
Han, Pool, Tran and Dally (2015): Learning both Weights and Connections for Efficient Neural Networks <arXiv:1506.02626>
  train, prune the smallest, train again: the baseline that is hard to beat [pruning.l1Unstructured, pruning.sensitivity]
Zhu and Gupta (2017): To prune, or not to prune: exploring the efficacy of pruning for model compression <arXiv:1710.01878>
  the schedule of the third power; a large sparse net against a small dense one of the same size [pruning.pruneWhileTraining, pruning.sparsities]
Frankle and Carbin (2019): The Lottery Ticket Hypothesis: Finding Sparse, Trainable Neural Networks <arXiv:1803.03635>
  small nets inside of large ones, and why the weights that stay go back to first values [pruning.pruneIteratively]
Renda, Frankle and Carbin (2020): Comparing Rewinding and Fine-tuning in Neural Network Pruning <arXiv:2003.02389>
  to rewind the learning rate does as well as to rewind weights, and both better than fine-tuning [pruning.pruneIteratively]
Li, Kadav, Durdanovic, Samet and Graf (2017): Pruning Filters for Efficient ConvNets <arXiv:1608.08710>
  why whole channels: a speed-up without sparse kernels [pruning.pruneChannels]
Molchanov, Mallya, Tyree, Frosio and Kautz (2019): Importance Estimation for Neural Network Pruning <arXiv:1906.10771>
  what a channel is worth by gradients, in two lines of algebra [pruning.pruneChannels]
Fang, Ma, Song, Mi and Wang (2023): DepGraph: Towards Any Structural Pruning <arXiv:2301.12900>
  which channels must go together, read from the graph; the paper of Torch-Pruning [pruning.explainGroups]
Mishra et al. (2021): Accelerating Sparse Deep Neural Networks <arXiv:2104.08378>
  2:4 sparsity, and a simple recipe that kept accuracy on many tasks [pruning.nmStructured]
Sun, Liu, Bair and Kolter (2024): A Simple and Effective Pruning Approach for Large Language Models <arXiv:2306.11695>
  weights judged with what comes in, and no training after (Wanda) [pruning.wanda]
`,
);

// %% [markdown]
// ## Distillation
//
// Beyer's paper is the practical one: same crop for both, much augmentation, patience.

// %%
read(
  'Distillation',
  ['13'],
  `
Hinton, Vinyals and Dean (2015): Distilling the Knowledge in a Neural Network <arXiv:1503.02531>
  soft targets and their temperature [distillation.distill, distillation.softTargetLoss]
Romero, Ballas, Kahou, Chassang, Gatta and Bengio (2015): FitNets: Hints for Thin Deep Nets <arXiv:1412.6550>
  inner values as targets, too [distillation.layerMap]
Beyer, Zhai, Royer, Markeeva, Anil and Kolesnikov (2022): Knowledge distillation: A good teacher is patient and consistent <arXiv:2106.05237>
  what matters in practice, and how long is long enough [distillation.distill, data.augment]
Sanh, Debut, Chaumond and Wolf (2019): DistilBERT, a distilled version of BERT: smaller, faster, cheaper and lighter <arXiv:1910.01108>
  half of the layers of a BERT and how they were chosen [distillation.cosineDistance]
`,
);

// %% [markdown]
// ## Networks: what makes one fast
//
// Read ShuffleNet V2 before you count FLOPs.

// %%
read(
  'Networks',
  ['08', '09', '10'],
  `
Ma, Zhang, Zheng and Sun (2018): ShuffleNet V2: Practical Guidelines for Efficient CNN Architecture Design <arXiv:1807.11164>
  FLOPs are not time: four rules that were measured [benchmark.costByLayer]
Ioffe and Szegedy (2015): Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate Shift <arXiv:1502.03167>
  at inference it is one multiplication and one addition, hence foldable [fusion.fuseConvBatchNorm]
He, Zhang, Ren and Sun (2016): Deep Residual Learning for Image Recognition <arXiv:1512.03385>
  ResNet [models.resnet]
Howard et al. (2017): MobileNets: Efficient Convolutional Neural Networks for Mobile Vision Applications <arXiv:1704.04861>
  depthwise convolutions, and width as a dial [models.mobilenetV1]
Sandler, Howard, Zhu, Zhmoginov and Chen (2018): MobileNetV2: Inverted Residuals and Linear Bottlenecks <arXiv:1801.04381>
  the inverted residual block [models.mobilenetV2]
Vaswani et al. (2017): Attention Is All You Need <arXiv:1706.03762>
  the encoder that BERT is made of [models.buildBert]
Devlin, Chang, Lee and Toutanova (2019): BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding <arXiv:1810.04805>
  tokens, pairs, masks and heads [models.loadBert, models.BertTokenizer]
Wang, Wei, Dong, Bao, Yang and Zhou (2020): MiniLM: Deep Self-Attention Distillation for Task-Agnostic Compression of Pre-Trained Transformers <arXiv:2002.10957>
  where the small encoder of the text notebook comes from [models.loadBert]
`,
);

// %% [markdown]
// ## Kernels, precision and serving

// %%
read(
  'Kernels, precision and serving',
  ['02', '04', '05', '06', '11', '12', '16'],
  `
Goto and van de Geijn (2008): Anatomy of High-Performance Matrix Multiplication <doi:10.1145/1356052.1356053>
  how a fast product walks through caches [wasm.setEnabled]
Lavin and Gray (2016): Fast Algorithms for Convolutional Neural Networks <arXiv:1509.09308>
  Winograd's algorithm for convolutions of 3 × 3 [wasm.setWinograd]
Micikevicius et al. (2018): Mixed Precision Training <arXiv:1710.03740>
  what must stay in float32, and why [native.float16, native.explainPrecision]
Kalamkar et al. (2019): A Study of BFLOAT16 for Deep Learning Training <arXiv:1905.12322>
  eight bits of precision and the reach of a float32 [native.bfloat16]
Crankshaw, Wang, Zhou, Franklin, Gonzalez and Stoica (2017): Clipper: A Low-Latency Online Prediction Serving System <arXiv:1612.03079>
  batches gathered from single requests, under a deadline [data.batcher]
Murray, Šimša, Klimovic and Indyk (2021): tf.data: A Machine Learning Data Processing Framework <arXiv:2101.12127>
  what input pipelines cost at scale, and what is done about it [data.loader]
Smilkov et al. (2019): TensorFlow.js: Machine Learning for the Web and Beyond <arXiv:1901.05350>
  what lies below all of this: engine, kernels, backends [core.traceLayersModel]
TensorFlow.js guide: Platform and environment <https://www.tensorflow.org/js/guide/platform_environment>
  backends, memory and shaders, by those who wrote them [core.backend]
`,
);

// %% [markdown]
// ## Checked

// %%
for (const key of ['title', 'at'] as const) {
  const values = works.map((work) => work[key].toLowerCase());
  assert.equal(new Set(values).size, works.length, `${key}: expected each once, got one twice`);
}
const inFolder = fs
  .readdirSync(import.meta.dirname)
  .flatMap((file) => /^(\d\d)-.*\.ts$/.exec(file)?.[1] ?? []);
assert.deepEqual([...notebooks, '15'].sort(), inFolder.sort(), 'expected each notebook to have its topic');
for (const name of new Set(works.flatMap(({ here }) => here))) {
  const [short = '', key = ''] = name.split('.');
  const exported = (await import(`@tfjs-optimize/${short}`)) as object;
  assert.ok(key in exported, `${name}: expected an export of @tfjs-optimize/${short}`);
}
console.log(`\n${works.length} works for ${notebooks.length} notebooks`);
