import { INTEGER_OPS, AttrReader, type IntegerOp } from '@tfjs-optimize/runtime/reference';
import { givesFloats, isConstant, takesFloats } from '../constants.js';
import type { Instruction, Program } from '../plan/program.js';
import type { Constant } from '../site.js';
import { shortName, type Found, type Member } from './find.js';
import { moveOf } from './moves.js';
import { attrsOf, splitInput, type Weights } from './nodes.js';

/** A region as a program, and what it reads and gives of the graph around it. */
export interface Written {
  readonly program: Program;
  /** Nodes whose values go in, in the order of the program's inputs. */
  readonly reads: readonly string[];
  /** Nodes whose values come out, in the order of the program's outputs. */
  readonly gives: readonly string[];
  /** Nodes of constants that the program holds itself. */
  readonly holds: ReadonlySet<string>;
}

/**
 * Writes the program of a region; undefined where a node of it is not what its op takes.
 * @param isWanted whether the value of a node is read outside of the region.
 */
export function programOf(
  region: Found,
  weights: Weights,
  isWanted: (name: string) => boolean,
): Written | undefined {
  const inside = new Set(region.map(({ node }) => node.name));
  const reads = [...new Set(region.flatMap((member) => member.reads.filter((name) => !inside.has(name))))];
  const writer = new Writer(reads, weights);
  for (const member of region) if (!writer.add(member)) return undefined;
  const gives = region.map(({ node }) => node).filter(({ name }) => isWanted(name));
  const outputs = gives.map(({ name, op }) => writer.outputOf(name, leavesAsFloats(op)));
  const program = { inputs: reads.length, instructions: writer.instructions, outputs };
  return { program, reads, gives: gives.map(({ name }) => name), holds: writer.holds };
}

function leavesAsFloats(op: string): boolean {
  const name = shortName(op);
  return name !== undefined && givesFloats(name);
}

class Writer {
  readonly instructions: Instruction[] = [];
  readonly holds = new Set<string>();
  /** Numbers of values by the node that makes them, as floats where they are such and as bytes. */
  private readonly values = new Map<string, number>();
  private readonly narrowed = new Map<string, number>();

  constructor(
    private readonly reads: readonly string[],
    private readonly weights: Weights,
  ) {
    for (const [i, name] of reads.entries()) this.values.set(name, i);
  }

  add({ node, reads }: Member): boolean {
    const short = shortName(node.op);
    if (short === undefined) {
      const move = moveOf(node, this.weights);
      if (move === undefined) return false;
      const inputs = reads.map((name) => this.bytesOf(name));
      for (const input of node.input ?? []) if (this.weights.has(input)) this.holds.add(input);
      this.values.set(node.name, this.push({ op: move.op, attrs: move.attrs, inputs, constants: {} }));
      return true;
    }
    const op = INTEGER_OPS.find(({ name }) => name === short);
    const given = op && this.inputsOf(op, node.input ?? []);
    if (op === undefined || given === undefined) return false;
    const attrs = op.attrs(new AttrReader(short, attrsOf(node)));
    this.values.set(node.name, this.push({ op: short, attrs, ...given }));
    return true;
  }

  /** The number of a value as it leaves the program. */
  outputOf(name: string, isFloat: boolean): number {
    const value = this.values.get(name) as number;
    return isFloat ? value : this.push({ op: 'Spread', attrs: {}, inputs: [value], constants: {} });
  }

  private inputsOf(
    op: IntegerOp,
    inputs: readonly string[],
  ): Pick<Instruction, 'inputs' | 'constants'> | undefined {
    if (inputs.length < op.inputs.length - op.optional || inputs.length > op.inputs.length) return undefined;
    const values: number[] = [];
    const constants: Record<string, Constant> = {};
    for (const [i, input] of inputs.entries()) {
      const [name] = splitInput(input);
      const port = op.inputs[i] as string;
      if (isConstant(port)) {
        const constant = this.weights.constant(op.name, port, name);
        if (constant === undefined) return undefined;
        this.holds.add(name);
        constants[port] = constant;
      } else if (takesFloats(op.name)) {
        const value = this.values.get(name);
        if (value === undefined) return undefined;
        values.push(value);
      } else {
        const value = this.weights.has(name) ? this.constantValue(op, port, name) : this.bytesOf(name);
        if (value === undefined) return undefined;
        values.push(value);
      }
    }
    return { inputs: values, constants };
  }

  /** A constant where other graphs have values that move. */
  private constantValue(op: IntegerOp, port: string, name: string): number | undefined {
    const value = this.weights.constant(op.name, port, name);
    if (value === undefined) return undefined;
    this.holds.add(name);
    return this.push({ op: 'Constant', attrs: {}, inputs: [], constants: { value } });
  }

  /** The number of a value as bytes: what comes in as an int32 tensor is narrowed once. */
  private bytesOf(name: string): number {
    const value = this.values.get(name) as number;
    if (value >= this.reads.length) return value;
    const found = this.narrowed.get(name);
    if (found !== undefined) return found;
    const made = this.push({ op: 'Narrow', attrs: {}, inputs: [value], constants: {} });
    this.narrowed.set(name, made);
    return made;
  }

  private push(instruction: Instruction): number {
    this.instructions.push(instruction);
    return this.reads.length + this.instructions.length - 1;
  }
}
