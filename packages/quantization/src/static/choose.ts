import { nodeOf, type Model, type Note, type ValueId } from '@tfjs-optimize/core';
import type { Range } from '../numerics/qparams.js';
import { selectorOf, type Selection } from '../select.js';
import { nodesOf, type Reading } from './read.js';
import { isCompute, keepsParameters, type Unit } from './units.js';

/** Which units become integer. */
export interface Choice {
  /** In the order of the graph. */
  readonly units: readonly Unit[];
  /** Which of {@link units} makes a value. */
  readonly makers: ReadonlyMap<ValueId, Unit>;
  /** Inputs of the model that are given as int8. */
  readonly inputs: ReadonlySet<ValueId>;
  readonly notes: readonly Note[];
}

/** What decides. */
export interface ChooseOptions extends Selection {
  readonly ranges: (value: ValueId) => Range | undefined;
  /** Whether inputs and outputs of the model are int8. */
  readonly io: 'float' | 'int8';
}

/**
 * Decides which units become integer: convolutions and products that are chosen and whose ranges are known, and what
 * stands behind them as long as it takes at least one value that is integer already. Then units that compute little go
 * back to float where that saves conversions.
 */
export function chooseUnits(model: Model, reading: Reading, options: ChooseOptions): Choice {
  const chooser = new Chooser(model, reading, options);
  if (options.io === 'int8') chooser.takeInputs();
  chooser.goForward();
  if (options.io === 'float') chooser.leaveLastFloat();
  chooser.saveConversions();
  return chooser.choice();
}

class Chooser {
  private readonly makers = new Map<ValueId, Unit>();
  private readonly inputs = new Set<ValueId>();
  private readonly notes: Note[] = [];
  private readonly noted = new Set<string>();
  private readonly isWanted: (unit: Unit) => boolean;

  constructor(
    private readonly model: Model,
    private readonly reading: Reading,
    private readonly options: ChooseOptions,
  ) {
    const { include, exclude } = options;
    const included = selectorOf(model, { include }, 'quantization/static');
    const excluded = selectorOf(model, { exclude }, 'quantization/static');
    this.isWanted = (unit) => {
      const kernel = unit.kind === 'linear' ? unit.kernel.name : undefined;
      const nodes = nodesOf(unit);
      if (!nodes.every((node) => excluded.has(node, kernel))) return false;
      return !isCompute(unit) || nodes.some((node) => included.has(node, kernel));
    };
  }

  /** Inputs of float numbers whose range is known, where the model is to take int8. */
  takeInputs(): void {
    for (const name of this.model.graph.inputs) {
      if (this.reading.dtype(name) !== 'float32') continue;
      if (this.options.ranges(name) !== undefined) this.inputs.add(name);
      else this.note(name, 'Placeholder', `the range of '${name}' is not known`);
    }
  }

  private hasInteger(value: ValueId): boolean {
    return this.makers.has(value) || this.inputs.has(value);
  }

  goForward(): void {
    for (const node of this.model.graph) {
      const unit = this.reading.units.get(node.name);
      if (unit === undefined) {
        this.noteFloat(node.name, node.op, node.inputs);
        continue;
      }
      const reason = this.reasonAgainst(unit);
      if (reason === undefined) for (const value of unit.outputs) this.makers.set(value, unit);
      else if (reason !== '') this.note(unit.node.name, unit.node.op, reason);
    }
  }

  /** Why a unit stays float; an empty phrase where that goes without saying. */
  private reasonAgainst(unit: Unit): string | undefined {
    const { constants, dtype } = this.reading;
    const isInteger = (value: ValueId): boolean => this.hasInteger(value);
    const flowing = unit.inputs.filter((value) => constants.of(value) === undefined);
    if (flowing.length === 0) return '';
    if (!isCompute(unit) && !flowing.some(isInteger)) return '';
    if (!this.isWanted(unit)) return '';
    const type = flowing
      .map((value) => dtype(value))
      .find((each) => each !== undefined && each !== 'float32');
    if (type !== undefined) return `its input is ${type}`;
    const unknown = [...flowing, ...(keepsParameters(unit) || hasFixedOutput(unit) ? [] : unit.outputs)].find(
      (value) => !isInteger(value) && this.options.ranges(value) === undefined,
    );
    return unknown === undefined ? undefined : `the range of '${unknown}' is not known`;
  }

  /**
   * Scores that only leave the model stay float: a conversion is needed in front of them or behind them, and their
   * integer form has 256 steps for all of 0 to 1.
   */
  leaveLastFloat(): void {
    const { graph } = this.model;
    for (const value of graph.outputs) {
      let unit = this.makers.get(value);
      const passed: Unit[] = [];
      while (unit !== undefined) {
        passed.push(unit);
        if (hasFixedOutput(unit)) {
          for (const each of passed) this.drop(each);
          break;
        }
        const [input] = unit.inputs;
        if (unit.kind !== 'move' || unit.inputs.length !== 1 || input === undefined) break;
        if (graph.users(nodeOf(input)).length > 1) break;
        unit = this.makers.get(input);
      }
    }
  }

  saveConversions(): void {
    const units = [...new Set(this.makers.values())].filter((unit) => !isCompute(unit)).reverse();
    for (let changed = true; changed;) {
      changed = false;
      for (const unit of units) {
        if (!this.isInteger(unit)) continue;
        const before = this.conversionsAround(unit);
        const removed = this.drop(unit);
        if (this.conversionsAround(unit) < before) changed = true;
        else for (const value of removed) this.makers.set(value, unit);
      }
    }
  }

  private isInteger(unit: Unit): boolean {
    return this.makers.get(unit.outputs[0] as ValueId) === unit;
  }

  private drop(unit: Unit): readonly ValueId[] {
    const made = unit.outputs.filter((value) => this.makers.get(value) === unit);
    for (const value of made) this.makers.delete(value);
    return made;
  }

  /** Conversions of the values that go into a unit and come out of it; a value is converted once for all its readers. */
  private conversionsAround(unit: Unit): number {
    const { constants } = this.reading;
    const values = new Set([...unit.inputs, ...unit.outputs]);
    let count = 0;
    for (const value of values) {
      if (constants.of(value) === undefined && this.isConverted(value)) count++;
    }
    return count;
  }

  private isConverted(value: ValueId): boolean {
    const { graph } = this.model;
    const isInteger = this.hasInteger(value);
    if (graph.outputs.includes(value) && isInteger !== (this.options.io === 'int8')) return true;
    return graph.users(nodeOf(value)).some((user) => {
      if (!user.inputs.includes(value) || SHAPE_READERS.has(user.op)) return false;
      return this.readsInteger(user.name, value) !== isInteger;
    });
  }

  /** Whether the node that reads a value is part of an integer unit. */
  private readsInteger(name: string, value: ValueId): boolean {
    for (const unit of this.reading.units.values()) {
      if (!unit.inputs.includes(value) || !this.isInteger(unit)) continue;
      if (nodesOf(unit).some((node) => node.name === name)) return true;
    }
    return false;
  }

  /** Notes a node without an integer form that gets integer values. */
  private noteFloat(name: string, op: string, inputs: readonly ValueId[]): void {
    const reason = this.reading.reasons.get(name);
    const getsInteger = inputs.some((value) => this.hasInteger(value));
    if (reason !== undefined) this.note(name, op, reason);
    else if (getsInteger && !SHAPE_READERS.has(op) && !this.isAbsorbed(name))
      this.note(name, op, 'it has no integer form');
  }

  private isAbsorbed(name: string): boolean {
    for (const unit of this.reading.units.values()) {
      if (unit.absorbed.some((node) => node.name === name)) return true;
    }
    return false;
  }

  private note(name: string, op: string, reason: string): void {
    const key = `${op} ${reason.replace(/'.*'/, '')}`;
    if (this.noted.has(key)) return;
    this.noted.add(key);
    this.notes.push({
      level: 'info',
      kind: 'declined',
      subject: name,
      message: `${op} stays float: ${reason}`,
    });
  }

  choice(): Choice {
    const units = [...this.reading.units.values()].filter((unit) => this.isInteger(unit));
    return { units, makers: this.makers, inputs: this.inputs, notes: this.notes };
  }
}

/** Ops that only look at the shape of their input, so that an int8 one will do. */
export const SHAPE_READERS: ReadonlySet<string> = new Set(['Shape', 'Size', 'Rank']);

/** Whether the specification fixes scale and zero point of what a unit makes. */
export function hasFixedOutput(unit: Unit): boolean {
  return unit.kind === 'softmax' || (unit.kind === 'table' && unit.fixed !== undefined);
}
