import type * as tf from '@tensorflow/tfjs';
import { fail } from '../errors.js';
import { mergeTraces, type MergedTrace } from './align.js';
import { firstDifference, firstRandom } from './difference.js';
import {
  largeSizes,
  openAxesOf,
  planStep,
  sampleSizes,
  singleSizes,
  specsOf,
  TRACES,
  type InputSpec,
  type Plan,
} from './dimensions.js';
import { Varying } from './numbers.js';
import { recordTrace, RunFailure } from './record.js';
import { AskForSize, SizeSolver, type Dimension } from './size-solver.js';
import type { TraceLog } from './trace-log.js';
import { callName, type Traced } from './traced.js';

/** Runs on tensors; gives back its results in a fixed order. */
export type Traceable = (inputs: tf.Tensor[]) => readonly tf.Tensor[];

/** A size that takes more traces than this to tell its formula is refused. */
const MOST_ASKED = 400;

/** One trace, and the size that every unknown dimension had. */
interface Sized {
  readonly log: TraceLog;
  readonly sizes: ReadonlyMap<string, number>;
}

/** Unknown dimensions that a plan ties together, and what was learnt of their sizes. */
interface Group {
  readonly names: readonly string[];
  readonly failed: Set<number>;
  step: number;
  /** Whether it is known which parts of the step fail. */
  divided: boolean;
}

/**
 * The runs of one plan.
 *
 * A first run is thrown away: layers and functions may make things on first use that later runs
 * find. A second one at the same sizes tells random values apart from those that depend on sizes.
 * Beside the sizes of the plan there are those that users meet first: those of their own samples, and
 * one along the first axis, the batch of most models; for functions also one along every other unknown
 * axis, and two large sizes of each. What is merged must hold there, too, unless the code fails there.
 * No choice of sizes finds every limit at which a function may begin to do something else.
 */
export class PlannedTrace {
  private readonly base: Sized;
  private readonly again: TraceLog;
  private readonly others: Sized[] = [];
  private readonly groups: readonly Group[];

  constructor(
    private readonly run: Traceable,
    private readonly inputs: readonly InputSpec[],
    private readonly plan: Plan,
    private readonly traced: Traced,
  ) {
    this.groups = groupsOf(plan);
    this.at(plan);
    this.base = this.at(plan);
    this.again = this.at(plan).log;
    this.checkRepeats();
    if (plan.size === 0) return;
    for (let k = 1; k < TRACES; k++) this.others.push(this.at(plan, k));
    const sample = sampleSizes(inputs, plan);
    if (sample !== undefined) this.others.push(this.at(sample));
    const single = singleSizes(plan);
    if (single !== undefined) this.try(single);
    if (this.others.every(({ log }) => firstDifference(this.base.log, log) === undefined)) this.probe();
  }

  /**
   * Whether the code fails where sizes differ that the plan ties. Else it failed before for another
   * reason, such as a limit, and a graph of equal sizes would be wrong for others.
   */
  needsTies(): boolean {
    return this.groups.every(({ names }) => names.length < 2 || names.every((name) => !this.runsApart(name)));
  }

  private runsApart(name: string): boolean {
    const plan = [...this.plan].map(([other, [one, two]]) => [other, [other === name ? two : one]] as const);
    try {
      this.at(new Map(plan as [string, [number]][]));
      return true;
    } catch (error) {
      if (error instanceof RunFailure) return false;
      throw error;
    }
  }

  /** What uses the merged traces may ask for more of them; it is then done anew. */
  solved<T>(use: (trace: MergedTrace, sizes: SizeSolver) => T): T {
    for (let asked = 0; asked < MOST_ASKED; asked++) {
      try {
        return use(this.merged(), new SizeSolver(this.dimensions()));
      } catch (error) {
        if (!(error instanceof AskForSize)) throw error;
        this.answer(error);
      }
    }
    return fail('trace/shape', {
      subject: this.traced.name,
      expected: 'sizes that follow from the input sizes by adding, multiplying or dividing',
      got: `one with several formulas left after ${MOST_ASKED} more traces`,
      advice: this.traced.fixing,
    });
  }

  private merged(): MergedTrace {
    return mergeTraces([this.base.log, ...this.others.map(({ log }) => log)], this.again, this.traced);
  }

  private at(plan: Plan, k = 0): Sized {
    const log = recordTrace(specsOf(this.inputs, plan, k), this.run, this.traced);
    return { log, sizes: new Map([...plan].map(([name, sizes]) => [name, sizes[k] as number])) };
  }

  /** A function that fails at some sizes is not held to them: its graph may fail there, too. */
  private try(plan: Plan): boolean {
    try {
      this.others.push(this.at(plan));
      return true;
    } catch (error) {
      if (error instanceof RunFailure) return false;
      throw error;
    }
  }

  /** Traces with one group of dimensions at a size, the others as in the first trace. */
  private tryAt(group: Group, size: number): boolean {
    const plan = [...this.plan].map(
      ([name, at]) => [name, group.names.includes(name) ? [size] : at] as const,
    );
    const works = this.try(new Map(plan));
    if (!works) group.failed.add(size);
    return works;
  }

  /** The sizes of functions that no plan has: one along any axis, and large ones. */
  private probe(): void {
    for (const group of this.groups) {
      const open = openAxesOf(this.inputs, group.names);
      if (!open.some(({ input }) => input.sample !== undefined)) continue;
      const sizes = largeSizes(open);
      if (open.every(({ axis }) => axis > 0)) sizes.unshift(1);
      for (const size of sizes) this.tryAt(group, size);
    }
  }

  /** One entry for all dimensions that had the same size in every trace. */
  private dimensions(): Dimension[] {
    const traces = [this.base, ...this.others];
    return this.groups.flatMap((group) => {
      const sizes = group.names.map(
        (name) => new Varying(traces.map((trace) => trace.sizes.get(name) as number)),
      );
      const distinct = new Map(sizes.map((size) => [size.key, size]));
      return [...distinct.values()].map((size) => ({ size, ...group }));
    });
  }

  private answer({ dimension, size }: AskForSize): void {
    const group = this.groups.find(({ names }) => names === dimension.names) as Group;
    if (!group.divided) {
      group.divided = true;
      this.divide(group);
    }
    if (size % group.step === 0) this.tryAt(group, size);
  }

  /** Finds the smallest part of its step by which a size may change. */
  private divide(group: Group): void {
    const [first] = this.plan.get(group.names[0] as string) as readonly [number];
    while (group.step > 1 && this.tryAt(group, first + group.step / 2)) group.step /= 2;
  }

  private checkRepeats(): void {
    const { traced, again } = this;
    const base = this.base.log;
    const difference = firstDifference(base, again);
    if (difference !== undefined) {
      const { site, one, other } = difference;
      fail('trace/random', {
        subject: site === undefined ? traced.name : callName({ traced, ...site }),
        expected: 'the same calls at every run of one size',
        got: `${one}, then ${other}`,
        advice:
          'Let every run take the same steps, none chosen at random or by what earlier runs left behind',
      });
    }
    const random = firstRandom(base, again);
    if (random !== undefined) {
      fail('trace/random', {
        subject: callName({ traced, ...random.site }),
        expected: 'the same numbers at every run of one size',
        got: `${random.what} that differs between two runs`,
        advice: 'Compute the number before tracing, once',
      });
    }
  }
}

function groupsOf(plan: Plan): Group[] {
  const groups = new Map<string, string[]>();
  for (const [name, sizes] of plan) groups.set(sizes.join(), [...(groups.get(sizes.join()) ?? []), name]);
  return [...groups.values()].map((names) => {
    const step = planStep(plan.get(names[0] as string) as readonly number[]);
    return { names, failed: new Set<number>(), step, divided: step === 1 };
  });
}
