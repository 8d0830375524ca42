import { breathe, fail, OutputNoise, Random, type Evaluate, type Model } from '@tfjs-optimize/core';
import * as tf from '@tensorflow/tfjs';
import { exampleBatches, type ExampleData } from '../targets/examples.js';
import type { SensitivityPoint } from './curves.js';

/** What tells how good a pruned model is: a score, its outputs beside those of the unpruned model, or both. */
export interface Judging {
  /** A score of models, higher is better: its drop counts before noise of the outputs. */
  readonly evaluate?: Evaluate | undefined;
  /** Examples like those that the model will see; labels are passed over. A tensor, or what `fit` trains on. */
  readonly data?: ExampleData | undefined;
  /** Examples of `data` in a batch; 32 unless told. */
  readonly batchSize?: number | undefined;
  /** Examples of `data` at most; 256 unless told. All are held in memory. */
  readonly limit?: number | undefined;
  /** Draws the examples; 0 unless told. */
  readonly seed?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How a model differs from the unpruned one. */
export type Measured = Pick<SensitivityPoint, 'drop' | 'snr' | 'cosine'>;

/** A batch, with what the unpruned model gives for it. */
interface Kept {
  readonly inputs: Readonly<Record<string, tf.Tensor>>;
  readonly count: number;
  readonly outputs: readonly Float32Array[];
}

/** Holds models against the one they were made of. */
export class Judge {
  private constructor(
    private readonly model: Model,
    private readonly how: Judging,
    private readonly kept: readonly Kept[],
    private readonly subject: string,
    /** The score of the unpruned model. */
    readonly score: number | undefined,
  ) {}

  /**
   * Runs the unpruned model.
   * @throws `pruning/data` without data and evaluate, for data that cannot be read, for outputs and a score that are no
   *   numbers.
   */
  static async of(model: Model, how: Judging, subject: string): Promise<Judge> {
    const { data, evaluate } = how;
    if (data === undefined && evaluate === undefined) {
      fail('pruning/data', {
        subject,
        expected: 'data or evaluate, which tell what pruning does to the model',
        got: 'neither',
        advice: 'Give evaluate: (model) => score for drops of a score, or data for noise of the outputs',
      });
    }
    const score = evaluate === undefined ? undefined : await scoreOf(evaluate, model, subject);
    if (score !== undefined && !Number.isFinite(score)) {
      fail('pruning/data', {
        subject: `${subject}: evaluate`,
        expected: 'a finite score of the unpruned model',
        got: String(score),
      });
    }
    const kept: Kept[] = [];
    const judge = new Judge(model, how, kept, subject, score);
    try {
      if (data !== undefined) await judge.read(data, kept);
    } catch (error) {
      judge.dispose();
      throw error;
    }
    return judge;
  }

  /** Examples that outputs are compared on; undefined without data. */
  get examples(): number | undefined {
    return this.how.data === undefined ? undefined : this.kept.reduce((sum, { count }) => sum + count, 0);
  }

  /** How a model differs; its tensors are gone afterwards. */
  async measure(pruned: Model): Promise<Measured> {
    const { evaluate, data } = this.how;
    if (pruned === this.model) {
      return { ...(evaluate && { drop: 0 }), ...(data !== undefined && { snr: null, cosine: 1 }) };
    }
    const noise = data === undefined ? undefined : await this.noiseOf(pruned);
    const drop = evaluate === undefined ? undefined : await this.dropOf(evaluate, pruned);
    return {
      ...(drop !== undefined && { drop }),
      ...(noise !== undefined && { snr: noise.ratio === Infinity ? null : noise.ratio }),
      ...(noise !== undefined && !Number.isNaN(noise.cosine) && { cosine: noise.cosine }),
    };
  }

  dispose(): void {
    for (const { inputs } of this.kept) tf.dispose(inputs);
  }

  private async dropOf(evaluate: Evaluate, pruned: Model): Promise<number | null> {
    const drop = (this.score ?? NaN) - (await scoreOf(evaluate, pruned, this.subject));
    return Number.isFinite(drop) ? drop : null;
  }

  private async noiseOf(pruned: Model): Promise<OutputNoise> {
    const noise = new OutputNoise();
    await withRunner(pruned, async (run) => {
      for (const { inputs, outputs: exact, count } of this.kept) {
        await breathe(this.how.signal, this.subject);
        (await run(inputs)).forEach((actual, i) => noise.add(exact[i] as Float32Array, actual, count));
      }
    });
    return noise;
  }

  private async read(data: ExampleData, kept: Kept[]): Promise<void> {
    const { batchSize = 32, limit = 256, seed = 0, signal } = this.how;
    const random = Random.of(seed).fork('pruning/sensitivity');
    const how = { batchSize, limit, random, signal };
    await withRunner(this.model, async (run) => {
      for await (const batch of exampleBatches(this.model, data, how, this.subject)) {
        const { count } = batch;
        // Those of the batch are gone when the next one comes.
        const inputs = Object.fromEntries(
          Object.entries(batch.inputs).map(([key, tensor]) => [key, tensor.clone()]),
        );
        const at = kept.push({ inputs, count, outputs: [] }) - 1;
        const outputs = await run(inputs);
        kept[at] = { inputs, count, outputs };
        this.checkOutputs(outputs);
      }
    });
  }

  private checkOutputs(outputs: readonly Float32Array[]): void {
    const isBroken = outputs.some((values) => values.some((value) => !Number.isFinite(value)));
    if (outputs.length > 0 && !isBroken) return;
    fail('pruning/data', {
      subject: `${this.subject}: outputs of the unpruned model`,
      expected: 'finite floats, which others can be held against',
      got: outputs.length === 0 ? 'none of floats' : 'NaN or infinities among them',
      advice: 'Give evaluate alone, or data that the model takes',
    });
  }
}

async function scoreOf(evaluate: Evaluate, model: Model, subject: string): Promise<number> {
  // A copy, whose tensors can go without touching those of the model.
  const runner = model.with({});
  try {
    const score: unknown = await evaluate(runner);
    if (typeof score === 'number') return score;
    return fail('pruning/data', {
      subject: `${subject}: evaluate`,
      expected: 'a score as a number',
      got: typeof score,
    });
  } finally {
    runner.dispose();
  }
}

type Run = (inputs: Readonly<Record<string, tf.Tensor>>) => Promise<Float32Array[]>;

/** Lends what runs a model and gives its float outputs; tensors are gone afterwards. */
async function withRunner(model: Model, work: (run: Run) => Promise<void>): Promise<void> {
  const runner = model.with({});
  try {
    await work(async (inputs) => {
      const tensors = await runner.runAsync(inputs);
      try {
        const floats = tensors.filter(({ dtype }) => dtype === 'float32');
        return (await Promise.all(floats.map((tensor) => tensor.data()))) as Float32Array[];
      } finally {
        tf.dispose(tensors);
      }
    });
  } finally {
    runner.dispose();
  }
}
