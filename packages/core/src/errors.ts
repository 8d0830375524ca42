/**
 * Every code that an error of this project can carry. Codes are stable: they may be added to, never
 * renamed, so that scripts can tell failures apart without reading messages.
 */
export const ERROR_CODES = {
  'argument/invalid': 'A value given to a function or command has the wrong form.',
  'argument/missing': 'A value that is needed was not given.',
  aborted: 'The work was cancelled through its AbortSignal or by Ctrl-C.',
  'backend/missing': 'The backend asked for is not installed.',
  'backend/failed': 'The backend asked for is installed but does not start.',
  'backend/lost': 'The graphics processor was lost while the program ran; starting the backend again helps.',
  'backend/memory': 'The device that a backend computes on has too little memory for what was asked.',
  'backend/sync-read': 'Values were to be read at once on a backend that has them only later.',
  'backend/no-timer':
    'The backend works ahead of the program and has no timers to tell how long kernels take.',
  'graph/cycle': 'The nodes of a graph depend on each other in a circle.',
  'graph/duplicate': 'Two nodes of a graph have one name.',
  'graph/dangling': 'A node refers to a value that no node makes.',
  'graph/weight': 'A Const node has no weight, or its weight does not fit it.',
  'graph/op': 'An op is unknown where it must be understood.',
  'graph/attribute': 'A node lacks an attribute or has one of the wrong type.',
  'graph/shape': "The sizes of a node's inputs do not fit each other.",
  'graph/output': 'An output or input of the signature is not in the graph.',
  'io/not-found': 'A model file or folder does not exist.',
  'io/format': 'A file is there but is not what it should be (not JSON, not a model).',
  'io/shard': 'A weight file is missing, truncated or too long.',
  'io/manifest': 'The weights manifest contradicts itself or the weight files.',
  'io/unsafe': 'A model file holds keys or sizes that are refused for safety.',
  'io/exists': 'The output exists already and overwriting was not asked for.',
  'io/permission': 'A file or folder may not be read or written.',
  'io/disk-full': 'There is no room left to write the result.',
  'io/network': 'A download failed.',
  'io/handler': 'A tf.io.IOHandler that was given failed.',
  'model/input': 'An input does not fit the signature of the model.',
  'model/run': 'TensorFlow.js failed while it ran a model; the cause is kept.',
  'model/stage': 'The model is of a stage (float, integer) that this step cannot take.',
  'model/structure': 'The structure of the model changed where it must not have.',
  'compare/signature': 'Candidates of a comparison do not take the same inputs.',
  'compare/candidate': 'A candidate of a comparison or measurement threw an error.',
  'compare/outputs': 'Candidates of a comparison do not compute the same.',
  'compare/child': 'The process of a candidate ended, failed or did not answer.',
  'baseline/schema': 'A baseline is not of the form that this release writes.',
  'baseline/version': 'A baseline is of a version that this release does not read.',
  'baseline/other': 'A measurement cannot be held against a baseline that was measured otherwise.',
  'batch/axis': 'A model or its inputs have no axis that counts examples.',
  'quality/labels': 'Labels do not fit the predictions, or are no classes.',
  'quality/output': 'The outputs of a model cannot be scored as asked.',
  'pass/failed': 'A pass threw; the cause is kept.',
  'pass/changed': 'A pass returned a model that contradicts its `changed` flag.',
  'pass/needs': 'A pass needs a fact that no earlier pass established.',
  'pass/check': 'The model does not meet what a pass asks for.',
  'fact/violated': 'A later pass broke what an earlier pass established.',
  'pipeline/unstable': 'Passes kept changing the model past the bound.',
  'recipe/schema': 'A recipe is not of the published form.',
  'recipe/version': 'A recipe is of a version that this release does not read.',
  'recipe/unknown-pass': 'A recipe names a pass that was not given.',
  'report/schema': 'A report is not of the published form.',
  'report/version': 'A report is of a version that this release does not read.',
  'context/missing': 'A pass asks for a live input (data, teacher, …) that was not given.',
  'trace/unsupported': 'A call has no equivalent in a graph.',
  'trace/data-dependent': 'Values were read back to JavaScript while tracing.',
  'trace/random': 'A random op was called while tracing.',
  'trace/shape': 'A size depends on the input in a way that a graph cannot express.',
  'train/weights': 'No weight is left to train, or one that was named cannot be.',
  'train/unsupported': 'A model has parts that gradients do not go through.',
  'train/data': 'Data do not fit the model or the loss, or there are none.',
  'train/loss': 'A loss is not one number, or does not suit the outputs of the model.',
  'train/failed': 'Code or data of the caller threw in training; the cause is kept.',
  'train/not-finite': 'A loss or weight became NaN or infinite in training.',
  'train/checkpoint': 'A checkpoint is not of this training.',
  'distillation/pair': 'A student and its teacher do not take the same inputs or tell the same classes.',
  'distillation/value': 'A layer or node that was named is not there.',
  'distillation/shape': 'Inner values of student and teacher cannot be made alike.',
  'distillation/cache': 'Kept answers are of other teachers or examples, or cannot be kept.',
  'packed/version': 'Packed weights are of a version that this release does not read, or tell none.',
  'packed/coding': 'A packed weight is in a coding that this release does not know.',
  'packed/metadata': 'What a model.json says of its packed weights contradicts the model.',
  'packed/checksum': 'The bytes of packed weights are not those that were written.',
  'quantization/layer': 'A layer, node or weight that was named is not in the model.',
  'quantization/scheme': 'There is no scheme of that name, or it has no such option.',
  'quantization/weight': 'A weight cannot be stored as asked: it holds NaN, infinities or too large numbers.',
  'quantization/data': 'Calibration data do not fit the model, or there are none.',
  'quantization/not-finite': 'A value became NaN or infinite while ranges were measured.',
  'quantization/range': 'A range is not finite, or its ends are the wrong way round.',
  'pruning/layer': 'A layer, node or weight that was named is not in the model, or cannot be pruned.',
  'pruning/amount': 'An amount, ratio or count is outside its range, or more than there is.',
  'pruning/mask': 'A mask does not fit its weight.',
  'pruning/weight': 'A weight cannot be pruned: it holds NaN or infinities, is frozen or shared.',
  'pruning/group': 'Channels were asked to be removed that cannot be cut, or all of a layer.',
  'pruning/budget': 'A budget cannot be reached.',
  'pruning/data': 'Data that an importance or sensitivity needs were not given, or do not fit.',
  'pruning/schedule': 'A schedule of sparsities contradicts itself or the training.',
  'native/op': 'A node cannot be written as ops of TensorFlow.',
  'native/type': 'A value is of a type that an op of TensorFlow does not take.',
  'native/string': 'A model has strings where only numbers are written.',
  'native/size': 'Weights are too many for constants of one file.',
  'native/exists': 'The folder of a SavedModel is there already and not empty.',
  'native/missing': 'tfjs-node is not installed, or only half.',
  'native/layer': 'A layer or node that was named is not in the model.',
  'native/calibration': 'Calibration data are missing, or values became NaN or infinite in float32.',
  'native/late': 'A setting came after tfjs-node was loaded, which reads it only then.',
  'native/load': 'TensorFlow did not load a model that was written for it.',
  'native/disposed': 'A compiled model was run after dispose().',
  'data/sample': 'A sample could not be read or transformed; the cause is kept.',
  'data/code': 'A function that makes batches or data sets threw; the cause is kept.',
  'data/shape': 'Samples of a batch, or columns of a data set, do not fit each other.',
  'data/function': 'A function was given where worker threads need a module.',
  'data/stream': 'Something was asked of a stream that only data with random access can do.',
  'data/worker': 'A worker ended at a sample, and again when it was tried anew, or does not start.',
  'data/browser': 'Something needs a file system or a package of Node.js, which a browser does not have.',
  'data/folder': 'A folder holds no files of the kind asked for.',
  'data/table': 'A table has rows of different lengths, or a value that its column cannot hold.',
  'data/json': 'A line is not JSON, or no object of numbers, lists and texts.',
  'data/idx': 'An IDX file has a wrong header, or is truncated or too long.',
  'data/image': 'An image is corrupt or truncated, or of no known format.',
  'data/wav': 'A WAV file has a wrong header, is truncated, or is coded in a way that is not read.',
  'data/peer': 'An optional package that this needs is not installed.',
  'batcher/full': 'As many requests as may wait are waiting.',
  'batcher/deadline': 'A request was not begun before its deadline.',
  'batcher/closed': 'A request came after close(), or was waiting at close({ drop: true }).',
  'batcher/request': 'A request does not fit the model, or those before it.',
  'batcher/failed': 'The model threw, or did not give one answer for each request; the cause is kept.',
  'models/weight': 'A tensor of a model is missing, or of a shape or type that does not fit.',
  'models/checksum': 'The bytes of a file are not those that its SHA-256 tells.',
  'models/offline': 'A file is not in the cache, and nothing was to be downloaded.',
  'models/config': 'A configuration is of a model that is not built here, or contradicts itself.',
  'models/safetensors': 'A safetensors file contradicts itself, or holds what the format does not allow.',
  'models/labels': 'A file of class names is of no form that is read, or has gaps.',
  'models/tokenizer': 'The files of a tokenizer are missing, or of a kind that is not read here.',
  'models/text': 'A text cannot be made tokens as asked.',
  'fusion/layer': 'Two layers cannot be fused as asked.',
  internal: 'A bug of this project.',
} as const;

/** One of the stable error codes. */
export type ErrorCode = keyof typeof ERROR_CODES;

/** The four parts of a message: `subject: expected X, got Y. Do Z.` */
export interface Problem {
  /** What the message is about: a file, a node, an argument. */
  readonly subject: string;
  /** What was expected there, without the word "expected". */
  readonly expected: string;
  /** What was found instead, without the word "got". */
  readonly got: string;
  /** What the reader can do about it, as a sentence without its full stop. */
  readonly advice?: string;
  /** The error underneath, if any. */
  readonly cause?: unknown;
}

/**
 * The only error type that user mistakes and bad input lead to. Told apart by {@link code}, not by
 * `instanceof`, so that two copies of the package (CommonJS and ESM) understand each other: use
 * {@link isOptimizeError}.
 */
export class OptimizeError extends Error {
  readonly code: ErrorCode;
  readonly subject: string;

  constructor(code: ErrorCode, problem: Problem) {
    const prefix = code === 'internal' ? 'internal: ' : '';
    const message = ended(`${problem.subject}: expected ${problem.expected}, got ${problem.got}`);
    const advice = problem.advice === undefined ? '' : ` ${ended(problem.advice)}`;
    super(`${prefix}${message}${advice}`, { cause: problem.cause });
    this.name = 'OptimizeError';
    this.code = code;
    this.subject = problem.subject;
  }
}

/** The text as a sentence: with a full stop, where a question or the words of another error end it already. */
function ended(text: string): string {
  return /[.?!…]['"]?$/.test(text) ? text : `${text}.`;
}

/** Throws an {@link OptimizeError}; typed `never` so that it ends a branch. */
export function fail(code: ErrorCode, problem: Problem): never {
  throw new OptimizeError(code, problem);
}

/** True for errors of this project, whichever copy of the package made them. */
export function isOptimizeError(error: unknown): error is OptimizeError {
  return (
    error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code in ERROR_CODES
  );
}

/** Throws `aborted` when the signal has fired. Call it between steps of long work. */
export function throwIfAborted(signal: AbortSignal | undefined, subject: string): void {
  if (signal?.aborted) {
    fail('aborted', {
      subject,
      expected: 'to run to its end',
      got: 'a request to stop',
      cause: signal.reason,
    });
  }
}
