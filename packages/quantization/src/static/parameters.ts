import type { ValueId } from '@tfjs-optimize/core';
import { INT8, qparams, type QParams, type Range } from '../numerics/qparams.js';
import type { Constants } from './constants.js';
import type { Choice } from './choose.js';
import { keepsParameters, type Unit } from './units.js';

/** Scale and zero point of int8 values. */
export interface Parameters {
  of(value: ValueId): QParams;
  /** Whether anything is known of a value's range. */
  isKnown(value: ValueId): boolean;
  /** The values that have their parameters with a value, and what else decides them. */
  tieOf(value: ValueId): Tie;
}

/** Values that share their parameters. */
export interface Tie {
  /** The one that stands for all. */
  readonly name: ValueId;
  readonly members: readonly ValueId[];
  /** What the specification fixes. */
  readonly fixed: QParams | undefined;
  /** What is in their range, whatever they are: constants among them, numbers that fill gaps. */
  readonly wider: readonly Range[];
}

/** Fixed by the TensorFlow Lite specification: all of 0 to 1, and of -1 to 1. */
export const FIXED = {
  sigmoid: { scale: 1 / 256, zeroPoint: -128 },
  softmax: { scale: 1 / 256, zeroPoint: -128 },
  tanh: { scale: 1 / 128, zeroPoint: 0 },
} as const satisfies Readonly<Record<string, QParams>>;

/**
 * Scale and zero point of each int8 value. Values that a unit only moves, pools or resizes have one scale with those
 * that it makes of them: that of all their ranges together.
 */
export function findParameters(
  choice: Choice,
  constants: Constants,
  ranges: (value: ValueId) => Range | undefined,
): Parameters {
  const ties = new Ties();
  for (const unit of choice.units) {
    const fixed = fixedOf(unit);
    if (fixed !== undefined) for (const value of unit.outputs) ties.fix(value, fixed);
    if (!keepsParameters(unit)) continue;
    const [first, ...others] = unit.outputs as [ValueId, ...ValueId[]];
    for (const value of others) ties.tie(value, first);
    const flowing = unit.inputs.filter((value) => constants.of(value) === undefined);
    const isAlone = unit.inputs.length === 1;
    // What is fixed would clip the others: it is brought to their scale instead.
    for (const value of flowing) if (isAlone || !ties.isFixed(value)) ties.tie(value, first);
    for (const value of unit.inputs) {
      const constant = constants.of(value);
      if (constant !== undefined)
        for (const end of Array.from(constant.values)) ties.widen(first, { min: end, max: end });
    }
    if (unit.kind === 'move' && unit.fill !== undefined)
      ties.widen(first, { min: unit.fill, max: unit.fill });
  }
  return ties.parameters(ranges);
}

function fixedOf(unit: Unit): QParams | undefined {
  if (unit.kind === 'softmax') return FIXED.softmax;
  return unit.kind === 'table' && unit.fixed !== undefined ? FIXED[unit.fixed] : undefined;
}

/** int8 parameters of a range; a range of nothing but zero gets the scale 1, which no product with it overflows. */
export function parametersOf(range: Range): QParams {
  return range.min === 0 && range.max === 0 ? { scale: 1, zeroPoint: 0 } : qparams(range, INT8);
}

/** Sets of values that share their parameters (union and find). */
class Ties {
  private readonly parent = new Map<ValueId, ValueId>();
  private readonly fixed = new Map<ValueId, QParams>();
  private readonly wider = new Map<ValueId, Range[]>();

  private find(value: ValueId): ValueId {
    let root = value;
    for (let up = this.parent.get(root); up !== undefined; up = this.parent.get(root)) root = up;
    return root;
  }

  fix(value: ValueId, params: QParams): void {
    this.fixed.set(this.find(value), params);
  }

  isFixed(value: ValueId): boolean {
    return this.fixed.has(this.find(value));
  }

  tie(a: ValueId, b: ValueId): void {
    const [from, to] = [this.find(a), this.find(b)];
    if (from === to) return;
    this.parent.set(from, to);
    const fixed = this.fixed.get(from);
    if (fixed !== undefined) this.fixed.set(to, fixed);
  }

  /** Takes a range in, too. */
  widen(value: ValueId, range: Range): void {
    const list = this.wider.get(value) ?? [];
    this.wider.set(value, list);
    list.push(range);
  }

  parameters(ranges: (value: ValueId) => Range | undefined): Parameters {
    const members = new Map<ValueId, ValueId[]>();
    for (const value of new Set([...this.parent.keys(), ...this.parent.values(), ...this.wider.keys()])) {
      const root = this.find(value);
      members.set(root, [...(members.get(root) ?? []), value]);
    }
    const known = new Map<ValueId, QParams>();
    const compute = (root: ValueId): QParams => {
      const fixed = this.fixed.get(root);
      if (fixed !== undefined) return fixed;
      const together = { min: 0, max: 0 };
      for (const value of members.get(root) ?? [root]) {
        for (const range of [ranges(value), ...(this.wider.get(value) ?? [])]) {
          if (range === undefined) continue;
          together.min = Math.min(together.min, range.min);
          together.max = Math.max(together.max, range.max);
        }
      }
      return parametersOf(together);
    };
    return {
      tieOf: (value) => {
        const name = this.find(value);
        const all = members.get(name) ?? [value];
        const wider = all.flatMap((each) => this.wider.get(each) ?? []);
        return { name, members: all, fixed: this.fixed.get(name), wider };
      },
      isKnown: (value) =>
        this.isFixed(value) || (members.get(this.find(value)) ?? [value]).some((each) => ranges(each)),
      of: (value) => {
        const root = this.find(value);
        const found = known.get(root) ?? compute(root);
        known.set(root, found);
        return found;
      },
    };
  }
}
