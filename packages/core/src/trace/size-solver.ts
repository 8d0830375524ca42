import type { Varying } from './numbers.js';
import { plainest, quotients, splittingSize, type Quotient } from './quotients.js';
import { affine, combined, type Expression } from './sizes.js';

/** An unknown dimension of the inputs, and where it can be traced. */
export interface Dimension {
  /** Its size in each trace. */
  readonly size: Varying;
  /** Names of the dimensions that the plan ties together here. */
  readonly names: readonly string[];
  /** Sizes are multiples of this, as far as the code runs. */
  readonly step: number;
  /** Sizes at which the code failed. */
  readonly failed: ReadonlySet<number>;
}

/** Thrown where the traces so far leave several formulas for a number: one more trace will tell. */
export class AskForSize extends Error {
  constructor(
    readonly dimension: Dimension,
    readonly size: number,
  ) {
    super(`a trace at size ${size}`);
  }
}

/** A quotient is checked where it grows, about these sizes: far apart, and away from small ones. */
const CHECKED = [64, 1500] as const;

/** Quotients of sizes that are no input sizes are followed over so many sizes of an input in turn. */
const FOLLOWED = 64;

/**
 * Finds how numbers follow from sizes: `a·x + b`, `⌊(x + a) / c⌋ + b`, `c·x·y`, `x ± y + b`,
 * `c·x·y·z`, with whole constants. What is found holds in every trace. A divided size has many
 * formulas that agree at a few sizes, so those of input sizes are told apart by more traces
 * ({@link AskForSize}) until only formulas are left that agree at every size.
 */
export class SizeSolver {
  constructor(private readonly dimensions: readonly Dimension[]) {}

  /** The plainest expression for a number, if there is one. */
  solve(target: Varying, atoms: readonly Varying[]): Expression | undefined {
    const inputs = this.dimensions.flatMap((dimension) => {
      const i = atoms.findIndex(({ key }) => key === dimension.size.key);
      return i < 0 ? [] : [{ dimension, i }];
    });
    return (
      first(inputs, ({ dimension: { size }, i }) => affine(target, size, i)) ??
      this.divided(target, inputs) ??
      first(atoms, (x, i) => affine(target, x, i)) ??
      combined(target, atoms) ??
      first(atoms, (x, i) => this.followed(target, x, i))
    );
  }

  private divided(
    target: Varying,
    inputs: readonly { readonly dimension: Dimension; readonly i: number }[],
  ): Expression | undefined {
    const fitting = inputs
      .map((input) => ({ ...input, found: quotients(target.at, input.dimension.size.at) }))
      .filter(({ found }) => found.length > 0);
    const others = fitting.length > 1 ? target.at[0] : undefined;
    for (const { dimension, found } of fitting) {
      const size = splittingSize(found, others, dimension.step, seen(dimension));
      if (size !== undefined) throw new AskForSize(dimension, size);
    }
    const [{ dimension, found, i } = { found: [], i: 0, dimension: undefined }] = fitting;
    if (dimension === undefined) return undefined;
    const best = plainest(found) as Quotient;
    this.check(best, dimension);
    return expressed(best, i);
  }

  /** A number that is no such quotient may still look like one, but not grow where it does. */
  private check({ by, offset }: Quotient, dimension: Dimension): void {
    const { step } = dimension;
    const skip = seen(dimension);
    for (const about of CHECKED) {
      const growing = by * Math.ceil((about + offset) / by) - offset;
      const size = step * Math.ceil(growing / step);
      for (const one of [size, size - step]) if (!skip.has(one)) throw new AskForSize(dimension, one);
    }
  }

  /**
   * A quotient of a size that is no input's: which of its values are possible is not known, but over
   * {@link FOLLOWED} successive sizes of an input it takes every remainder that it ever will.
   */
  private followed(target: Varying, x: Varying, i: number): Expression | undefined {
    if (quotients(target.at, x.at).length === 0) return undefined;
    for (const dimension of this.dimensions) {
      const skip = seen(dimension);
      for (let n = 0; n < FOLLOWED; n++) {
        const size = dimension.step * (Math.ceil(FOLLOWED / dimension.step) + n);
        if (!skip.has(size)) throw new AskForSize(dimension, size);
      }
    }
    const best = plainest(quotients(target.at, x.at).filter(({ by }) => by <= FOLLOWED));
    return best === undefined ? undefined : expressed(best, i);
  }
}

function seen({ size, failed }: Dimension): ReadonlySet<number> {
  return new Set([...size.at, ...failed]);
}

function expressed({ by, offset }: Quotient, x: number): Expression {
  const plus = Math.floor(offset / by);
  return { kind: 'quotient', x, by, offset: offset - plus * by, plus };
}

function first<S, T>(items: readonly S[], f: (item: S, i: number) => T | undefined): T | undefined {
  for (const [i, item] of items.entries()) {
    const found = f(item, i);
    if (found !== undefined) return found;
  }
  return undefined;
}
