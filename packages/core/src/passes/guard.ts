import { fail, throwIfAborted } from '../errors.js';
import type { Model, Stage } from '../model.js';
import type { Context, Evaluate, Note, Pass, PassResult } from '../pass.js';
import { demandsOf, entryOf } from './pipeline.js';
import { runPass } from './run-pass.js';

/** Name under which recipes hold a guard. */
export const GUARD = 'core/guard';

/** When a guarded pass goes too far. */
export interface GuardOptions {
  /** How far the metric may fall below the input model's, in the metric's own units; 0 or more. */
  readonly maxDrop: number;
  /** Name of an {@link Evaluate} among the context's inputs; the context's `evaluate` unless told. */
  readonly metric?: string;
}

/**
 * Runs a pass and backs off when the metric drops too far: parts of the model that the pass can
 * leave alone (see `Pass.narrow`) are ranked by the damage each does alone, and the fewest of the
 * worst are left out that bring the metric back. If none of that helps, the model stays as it was.
 * Notes say what was left out and what it cost. A pass that would change the stage may thus leave it.
 */
export function guard<In extends Stage, Out extends Stage>(
  pass: Pass<In, Out>,
  options: GuardOptions,
): Pass<In, In | Out> {
  const { maxDrop, metric } = options;
  if (!(maxDrop >= 0)) {
    fail('argument/invalid', {
      subject: 'guard: maxDrop',
      expected: 'a number of 0 or more',
      got: String(maxDrop),
    });
  }
  const guarded = demandsOf([pass]);
  return {
    name: GUARD,
    options: { maxDrop, ...(metric === undefined ? {} : { metric }), passes: [entryOf(pass)] },
    ...(pass.takes === undefined ? {} : { takes: pass.takes }),
    ...(pass.needs === undefined ? {} : { needs: pass.needs }),
    ...(pass.drops === undefined ? {} : { drops: pass.drops }),
    ...guarded,
    asks: [...guarded.asks, ...(metric === undefined ? [] : [metric])],
    run: (model, context) => new Guarding(pass, model, context, maxDrop, metricOf(context, metric)).run(),
  };
}

function metricOf(context: Context, name: string | undefined): Evaluate {
  if (name !== undefined) return context.inputs.need<Evaluate>(name);
  return (
    context.evaluate ??
    fail('context/missing', {
      subject: GUARD,
      expected: 'a metric',
      got: 'none',
      advice: 'Pass {evaluate: model => score}, or name one in the option metric',
    })
  );
}

class Guarding<In extends Stage, Out extends Stage> {
  constructor(
    private readonly pass: Pass<In, Out>,
    private readonly model: Model<In>,
    private readonly context: Context,
    private readonly maxDrop: number,
    private readonly evaluate: Evaluate,
  ) {}

  async run(): Promise<PassResult<In | Out>> {
    const baseline = await this.score(this.model);
    const whole = await runPass(this.pass, this.model, this.context);
    if (!whole.changed) return whole;
    const score = await this.score(whole.model);
    if (this.holds(baseline, score)) {
      return {
        ...whole,
        notes: [...whole.notes, this.saw(`the metric went from ${fix(baseline)} to ${fix(score)}`)],
      };
    }
    const found = await this.backOff(baseline);
    if (found !== undefined) return found;
    const message = `${this.pass.name} was not kept: the metric fell from ${fix(baseline)} to ${fix(score)}, more than ${this.maxDrop}`;
    return { model: this.model, changed: false, notes: [{ level: 'warning', kind: 'declined', message }] };
  }

  /** The fewest of the worst candidates left out that hold the metric, by bisection. */
  private async backOff(baseline: number): Promise<PassResult<Out> | undefined> {
    const { narrow } = this.pass;
    if (narrow === undefined) return undefined;
    const ranked = await this.ranked(narrow.candidates(this.model), baseline);
    let least = 1;
    let most = ranked.length - 1;
    let best: PassResult<Out> | undefined;
    while (least <= most) {
      const count = (least + most) >> 1;
      const excluded = ranked.slice(0, count);
      const result = await runPass(narrow.without(excluded), this.model, this.context);
      const score = await this.score(result.model);
      if (result.changed && this.holds(baseline, score)) {
        const kept = this.saw(
          `left out ${excluded.join(', ')} (${count} of ${ranked.length}): the metric went from ${fix(baseline)} to ${fix(score)}`,
        );
        best = { ...result, notes: [...result.notes, kept] };
        most = count - 1;
      } else {
        least = count + 1;
      }
    }
    return best;
  }

  /** Candidates by the damage that each does alone, worst first; ties in their own order. */
  private async ranked(candidates: readonly string[], baseline: number): Promise<string[]> {
    const damage = new Map<string, number>();
    for (const [done, candidate] of candidates.entries()) {
      this.context.progress({ task: `${GUARD}: damage by ${candidate}`, done, total: candidates.length });
      const others = candidates.filter((other) => other !== candidate);
      const alone = this.pass.narrow?.without(others) ?? this.pass;
      const result = await runPass(alone, this.model, this.context);
      damage.set(candidate, baseline - (await this.score(result.model)));
    }
    return [...candidates].sort((a, b) => (damage.get(b) ?? 0) - (damage.get(a) ?? 0));
  }

  private async score(model: Model): Promise<number> {
    throwIfAborted(this.context.signal, GUARD);
    try {
      return await this.evaluate(model);
    } finally {
      // The tensors of one candidate go before the next is made.
      if (model !== this.model) model.dispose();
    }
  }

  /** NaN never holds. */
  private holds(baseline: number, score: number): boolean {
    return baseline - score <= this.maxDrop;
  }

  private saw(message: string): Note {
    return { level: 'info', kind: 'saw', message };
  }
}

function fix(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(6))) : String(value);
}
