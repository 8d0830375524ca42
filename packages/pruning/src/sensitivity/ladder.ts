import { harmOf, type SensitivityCurves } from './curves.js';

/** Shares by layer; layers that are not in it stay whole. */
export type Ratios = Readonly<Record<string, number>>;

/** A step of a {@link Ladder}: of each layer the largest ratio that does no more harm alone. */
interface Rung {
  readonly harm: number;
  readonly ratios: ReadonlyMap<string, number>;
}

/**
 * Ways to prune a model, from nothing to all that was measured, by the harm that each layer may do alone: who climbs
 * prunes no layer less. Ratios whose harm is no number are on none of its rungs, nor are those above them.
 */
export class Ladder {
  private readonly rungs: readonly Rung[];

  constructor(curves: SensitivityCurves) {
    const layers = curves.layers.map(({ layer, points }) => {
      let worst = 0;
      // A ratio that does less harm than a smaller one was lucky.
      const steps = points.map((point) => ({
        ratio: point.ratio,
        harm: (worst = Math.max(worst, harmOf(point))),
      }));
      return { layer, steps: steps.filter(({ harm }) => harm < Infinity) };
    });
    const harms = [...new Set(layers.flatMap(({ steps }) => steps.map(({ harm }) => harm)))];
    this.rungs = harms
      .sort((a, b) => a - b)
      .map((harm) => {
        const ratios = layers.flatMap(({ layer, steps }) => {
          const step = steps.filter((each) => each.harm <= harm).at(-1);
          return step === undefined ? [] : [[layer, step.ratio] as const];
        });
        return { harm, ratios: new Map(ratios) };
      });
  }

  /** The top: how many rungs there are above nothing. */
  get height(): number {
    return this.rungs.length;
  }

  /** The highest rung on which no layer alone does more harm; 0 for nothing. */
  rungBelow(harm: number): number {
    return this.rungs.filter((rung) => rung.harm <= harm).length;
  }

  /** Ratios at a height from 0, which is nothing, to the top; between two rungs they lie between those of both. */
  at(height: number): Ratios {
    const below = Math.min(Math.floor(height), this.height);
    const [low, high] = [this.rungs[below - 1]?.ratios, this.rungs[below]?.ratios];
    const layers = [...(high ?? low ?? new Map<string, number>()).keys()];
    const ratios = layers.map((layer) => {
      const from = low?.get(layer) ?? 0;
      const to = high?.get(layer) ?? from;
      // Ratios as they were measured, those between them to a thousandth.
      const between = Number((from + (height - below) * (to - from)).toFixed(3));
      return [layer, height === below ? from : Math.min(Math.max(between, from), to)] as const;
    });
    return Object.fromEntries(ratios.filter(([, ratio]) => ratio > 0));
  }

  /** The lowest height at which something holds that holds at the top and goes on holding above: by bisection. */
  async lowest(holds: (ratios: Ratios) => Promise<boolean> | boolean): Promise<number> {
    let [low, high] = [0, this.height];
    while (high - low > RESOLUTION) {
      const middle = (low + high) / 2;
      if (await holds(this.at(middle))) high = middle;
      else low = middle;
    }
    return high;
  }
}

/** Between two rungs ratios are told apart to a thousandth of their distance. */
const RESOLUTION = 1e-3;
