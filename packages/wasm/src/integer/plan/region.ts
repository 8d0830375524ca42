import type { TensorInfo } from '@tensorflow/tfjs';
import type { Engine } from '../../engine/engine.js';
import { NoMemory } from '../../engine/scratch.js';
import { formOn, type IntegerForm } from '../integer-form.js';
import { Memory } from '../memory.js';
import { NotBytes } from '../planners/edges.js';
import { Site } from '../site.js';
import { Plan } from './plan.js';
import type { Program } from './program.js';

/** Plans that are kept for inputs of other shapes. */
const MOST_PLANS = 8;

/** A program on one engine: its packed weights, and a plan for each shape of its inputs. */
export class Region {
  private readonly plans = new Map<string, Plan | undefined>();
  private sites: readonly Site[] | undefined;
  private memory: Memory | undefined;
  private form: IntegerForm | undefined;

  constructor(readonly program: Program) {}

  /** Runs the program, or gives nothing where it has to be done by references. */
  run(engine: Engine, inputs: readonly TensorInfo[]): TensorInfo[] | undefined {
    const form = formOn(engine);
    if (form === undefined) return undefined;
    // Weights are packed in another way for another form.
    if (this.form !== form) this.release();
    this.form = form;
    try {
      return this.planFor(engine, form, inputs)?.run(engine, inputs);
    } catch (error) {
      if (error instanceof NotBytes) return undefined;
      // What was packed before memory was full would be packed again.
      if (error instanceof NoMemory) this.release();
      throw error;
    }
  }

  /** Frees what is kept of the constants. Running it again makes it again. */
  release(): void {
    this.plans.clear();
    this.memory?.release();
    this.memory = undefined;
    this.sites = undefined;
  }

  private planFor(engine: Engine, form: IntegerForm, inputs: readonly TensorInfo[]): Plan | undefined {
    const key = inputs.map(({ shape, dtype }) => `${dtype}${shape.join()}`).join(' ');
    if (this.plans.has(key)) return this.plans.get(key);
    const plan = Plan.of(this.program, this.sitesOn(engine, form), inputs);
    const oldest = this.plans.keys().next();
    if (this.plans.size >= MOST_PLANS && !oldest.done) this.plans.delete(oldest.value);
    this.plans.set(key, plan);
    return plan;
  }

  private sitesOn(engine: Engine, form: IntegerForm): readonly Site[] {
    if (this.sites !== undefined) return this.sites;
    const memory = new Memory(engine.backend.wasm, engine.memory, engine.scratch);
    this.memory = memory;
    this.sites = this.program.instructions.map(
      ({ op, attrs, constants }) => new Site(op, attrs, constants, form, memory),
    );
    return this.sites;
  }
}
