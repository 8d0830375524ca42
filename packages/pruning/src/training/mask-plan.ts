import { fail, nearest, OptimizeError, type Model, type Note } from '@tfjs-optimize/core';
import { chosenKernels, type Chosen, type Kernel, type Selection } from '../kernels.js';
import { both, masked, prunedCount, type Mask, type Masks } from '../masks/mask.js';
import { masksFact } from '../masks/masks-fact.js';
import type { SparsitySchedule, Timetable } from '../schedules/schedule.js';
import { emptyNotes, wholeNote } from '../targets/notes.js';
import { refuseNaN, type Choose, type Part } from '../targets/part.js';
import { maskBy, type TrainingMethod } from './method.js';

/** What is pruned when, and how. */
export interface PruningCourse {
  readonly schedule: SparsitySchedule;
  /** Which weights go; the least magnitudes of each weight unless told. */
  readonly method?: TrainingMethod;
}

/** How weights become sparse in a training. */
export interface TrainingSelection extends PruningCourse, Selection {
  /**
   * Layers or weights that have another course, by name: its last sparsity with all else as told, or a schedule and
   * method of its own.
   */
  readonly perLayer?: Readonly<Record<string, number | Partial<PruningCourse>>>;
}

/** Weights that are pruned together. */
interface Group {
  readonly timetable: Timetable;
  readonly method: TrainingMethod;
  /** By how much the sparsities of the schedule are multiplied. */
  readonly scale: number;
  readonly kernels: Kernel[];
}

/** What an update gave. */
export interface MaskUpdate {
  /** The masks of all weights, those that were not looked at included. */
  readonly masks: Masks;
  /** What was left whole, and why. */
  readonly notes: readonly Note[];
}

/** Which weights of a model have which masks at each step of a training. */
export class MaskPlan {
  /** What is left whole by all of it, and why. */
  readonly notes: readonly Note[];
  private readonly groups: readonly Group[];
  /** What the model had before stays. */
  private readonly before: Masks;
  /** Whether channels of it may go although they are outputs of the model. */
  private readonly isNamed: (kernel: Kernel) => boolean;

  /**
   * @param steps of the training; may be infinite.
   * @param trained names of weights that the training changes.
   * @throws `pruning/layer` for names that the model does not have, `pruning/weight` for named weights that are not
   *   trained, `pruning/schedule` for schedules that do not fit the training.
   */
  constructor(
    model: Model,
    options: TrainingSelection,
    steps: number,
    trained: readonly string[],
    private readonly subject: string,
  ) {
    this.before = model.facts.get(masksFact) ?? new Map<string, Mask>();
    const { kernels, isNamed, notes } = trainedKernels(model, options, trained, subject);
    this.notes = notes;
    const { perLayer = {} } = options;
    this.isNamed = ({ name, layer }) =>
      isNamed || Object.hasOwn(perLayer, name) || Object.hasOwn(perLayer, layer);
    checkPerLayer(kernels, options, subject);
    this.groups = groupsOf(kernels, options, steps, subject);
    for (const { timetable, method, scale } of this.groups) {
      // A method refuses sparsities that it cannot give, which is to be known before the training.
      for (const step of [timetable.begin, timetable.end]) {
        checkMethod(method, scale * timetable.sparsityAt(step), subject);
      }
    }
  }

  /** Whether masks change at a step. The last step of a schedule is always one, that its sparsity is reached. */
  isDue(step: number): boolean {
    return this.groups.some((group) => isDue(group, step));
  }

  /** Of all weights that are pruned, the share that masks make zero. */
  sparsity(masks: Masks): number {
    const kernels = this.groups.flatMap((group) => group.kernels);
    const size = kernels.reduce((sum, { weight }) => sum + weight.size, 0);
    return size === 0 ? 0 : this.pruned(masks) / size;
  }

  /** How many elements masks make zero of the weights that are pruned. */
  pruned(masks: Masks): number {
    return this.groups
      .flatMap((group) => group.kernels)
      .reduce((sum, { name }) => {
        const mask = masks.get(name);
        return mask === undefined ? sum : sum + prunedCount(mask);
      }, 0);
  }

  /**
   * Masks at a step, from the values of now.
   * @param masks those of now.
   * @throws `pruning/weight` for NaN and infinities.
   */
  async update(
    step: number,
    masks: Masks,
    read: (weight: string) => Promise<Float32Array>,
  ): Promise<MaskUpdate> {
    const next = new Map(masks);
    const notes: Note[] = [];
    for (const group of this.groups) {
      if (!isDue(group, step)) continue;
      const parts: Part[] = [];
      for (const kernel of group.kernels) parts.push(this.partOf(kernel, await read(kernel.name), step));
      const choose = group.method(group.scale * group.timetable.sparsityAt(step));
      choose(parts).forEach((kept, i) => {
        const { name, shape } = parts[i] as Part;
        if (typeof kept === 'string') {
          notes.push(wholeNote(name, kept));
          return;
        }
        const mask = both({ shape, kept }, this.before.get(name));
        next.set(name, mask);
        notes.push(...emptyNotes(name, mask));
      });
    }
    return { masks: next, notes };
  }

  /** A sparsity is one of the whole weight: what is pruned for good counts among its zeros. */
  private partOf(kernel: Kernel, values: Float32Array, step: number): Part {
    const { name, layer, weight, outputs, inputs } = kernel;
    const outputsStay = kernel.makesOutputs && !this.isNamed(kernel);
    const advice = 'Leave its layer out with exclude, or train otherwise';
    refuseNaN(name, values, `${this.subject}: step ${step}`, { advice });
    const mask = this.before.get(name);
    const scores = mask === undefined ? values : masked(values, mask);
    return { name, layer, shape: weight.shape, scores, kept: undefined, outputs, inputs, outputsStay };
  }
}

/**
 * Refuses a function that is no method: `maskBy.magnitude` that was not called, most of all.
 *
 * @throws `argument/invalid`; `pruning/schedule` from methods that cannot reach the sparsity.
 */
function checkMethod(method: TrainingMethod, sparsity: number, subject: string): void {
  let [choose, cause]: [unknown, unknown] = [undefined, undefined];
  try {
    choose = method(sparsity);
  } catch (error) {
    // A method may refuse a sparsity; what was not called takes one for its options.
    if (error instanceof OptimizeError && error.code === 'pruning/schedule') throw error;
    cause = error;
  }
  if (typeof choose === 'function' && choosesOfNone(choose as Choose)) return;
  fail('argument/invalid', {
    subject: `${subject}: method`,
    expected: 'a method, such as maskBy.magnitude()',
    got: 'a function that gives none',
    advice: 'Call it',
    cause,
  });
}

/** Whether something takes parts, of which there may be none. */
function choosesOfNone(choose: (parts: readonly Part[]) => unknown): boolean {
  try {
    return Array.isArray(choose([]));
  } catch {
    return false;
  }
}

function isDue({ timetable }: Group, step: number): boolean {
  return timetable.prunesAt(step) || step === timetable.end;
}

function trainedKernels(
  model: Model,
  options: TrainingSelection,
  trained: readonly string[],
  subject: string,
): Pick<Chosen, 'kernels' | 'isNamed'> & { readonly notes: readonly Note[] } {
  const chosen = chosenKernels(model, options, subject);
  const { isNamed } = chosen;
  const names = new Set(trained);
  const kernels = chosen.kernels.filter(({ name }) => names.has(name));
  const still = chosen.kernels.filter(({ name }) => !names.has(name));
  const [strange] = still;
  if (strange === undefined || (!isNamed && kernels.length > 0)) {
    const notes = [
      ...chosen.frozen.map(({ name }) => wholeNote(name, 'its layer is frozen', 'info')),
      ...still.map(({ name }) => wholeNote(name, 'the training leaves it as it is', 'info')),
    ];
    return { kernels, isNamed, notes };
  }
  return fail('pruning/weight', {
    subject: `${subject}: weight '${strange.name}'`,
    expected: 'one that is trained',
    got: 'one that the training leaves as it is',
    advice: 'Prune it by itself before, or let it be trained',
  });
}

function checkPerLayer(
  kernels: readonly Kernel[],
  { perLayer = {} }: TrainingSelection,
  subject: string,
): void {
  const known = kernels.flatMap(({ layer, name }) => [layer, name]);
  for (const name of Object.keys(perLayer)) {
    if (known.includes(name)) continue;
    const near = nearest(name, known);
    fail('pruning/layer', {
      subject: `${subject}: perLayer '${name}'`,
      expected: 'the name of a layer or weight that is pruned',
      got: 'a name that none has',
      ...(near !== undefined && { advice: `Did you mean '${near}'?` }),
    });
  }
}

function groupsOf(
  kernels: readonly Kernel[],
  { schedule, method = DEFAULT_METHOD, perLayer = {} }: TrainingSelection,
  steps: number,
  subject: string,
): Group[] {
  const timetables = new Map<SparsitySchedule, Timetable>();
  const groups: Group[] = [];
  for (const kernel of kernels) {
    const own = perLayer[kernel.name] ?? perLayer[kernel.layer] ?? {};
    const course = typeof own === 'number' ? {} : own;
    const [when, how] = [course.schedule ?? schedule, course.method ?? method];
    const timetable = timetables.get(when) ?? when.over(steps);
    timetables.set(when, timetable);
    const scale =
      typeof own === 'number' ? scaleTo(own, timetable, `${subject}: perLayer '${kernel.layer}'`) : 1;
    const same = groups.find(
      (group) => group.timetable === timetable && group.method === how && group.scale === scale,
    );
    if (same === undefined) groups.push({ timetable, method: how, scale, kernels: [kernel] });
    else same.kernels.push(kernel);
  }
  return groups;
}

const DEFAULT_METHOD = maskBy.magnitude();

/** By what a schedule is multiplied for another last sparsity. */
function scaleTo(sparsity: number, { end, sparsityAt }: Timetable, subject: string): number {
  const last = sparsityAt(end);
  if (sparsity >= 0 && sparsity < 1 && last > 0) return sparsity / last;
  return fail('pruning/schedule', {
    subject,
    expected:
      last > 0 ? 'a share of zeros from 0 to below 1' : 'a schedule of its own, since the other ends at 0',
    got: String(sparsity),
  });
}
