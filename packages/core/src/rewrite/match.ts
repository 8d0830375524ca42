import { splitValue, nodeOf, type Node, type ValueId } from '../graph/node.js';
import { fail } from '../errors.js';
import type { Weight } from '../weights.js';
import type { AnyPattern, ConstantPattern, OpPattern, Pattern } from './pattern.js';
import type { GraphView } from './view.js';

/** How far a pattern got before it failed, and why it failed. */
export interface Miss {
  readonly root: Node;
  /** Nodes that did fit, root first. */
  readonly matched: readonly Node[];
  /** The node to blame. */
  readonly node: Node;
  /** A phrase about that node: "its output has another user (add_1/AddV2)". */
  readonly reason: string;
  /** `structure`: another op or a constant was expected; `condition`: the right nodes, yet not as asked. */
  readonly kind: 'structure' | 'condition';
  /** What this reason shares with those of other nodes, where it names nodes or numbers of its own. */
  readonly group?: string | undefined;
}

/** What a node is called: itself, or the node of an earlier graph that it stands for. */
export type Original = (node: Node) => Node;

/** A pattern that fits: what its names stand for. */
export class Match {
  constructor(
    readonly root: Node,
    /** Nodes that go when the root is replaced; the root is not among them. */
    readonly inner: ReadonlySet<string>,
    private readonly state: State,
    private readonly view: GraphView,
  ) {}

  /** All nodes that fit, root first. */
  get nodes(): readonly Node[] {
    return this.state.matched;
  }
  has(name: string): boolean {
    return this.state.values.has(name) || this.state.nodes.has(name);
  }
  /** The captured value of that name. */
  value(name: string): ValueId {
    return this.state.values.get(name) ?? missing(name);
  }
  /** The values that `rest` captured. */
  list(name: string): readonly ValueId[] {
    return this.state.lists.get(name) ?? missing(name);
  }
  /** The captured node of that name. */
  node(name: string): Node {
    return this.state.nodes.get(name) ?? missing(name);
  }
  /** The weight of a captured constant. */
  weight(name: string): Weight {
    return this.view.weight(this.value(name)) ?? missing(name);
  }
}

function missing(name: string): never {
  return fail('internal', { subject: 'match', expected: `a capture '${name}'`, got: 'none in the pattern' });
}

/** What has been matched so far; never changed in place, so that alternatives can be tried. */
interface State {
  readonly values: ReadonlyMap<string, ValueId>;
  readonly lists: ReadonlyMap<string, readonly ValueId[]>;
  readonly nodes: ReadonlyMap<string, Node>;
  readonly matched: readonly Node[];
  readonly kept: ReadonlySet<string>;
}

const EMPTY: State = {
  values: new Map(),
  lists: new Map(),
  nodes: new Map(),
  matched: [],
  kept: new Set(),
};

/**
 * Matches a pattern rooted at a node. Beside the pattern itself this guarantees that nodes inside
 * the match are used by nothing outside of it, are no output of the model, and that of the root
 * only its first output is used.
 * @param onMiss gets every way in which the pattern failed, for explanations.
 * @param original tells by what name its reasons call a node.
 */
export function matchAt(
  pattern: Pattern,
  root: Node,
  view: GraphView,
  onMiss?: (miss: Miss) => void,
  original: Original = (node) => node,
): Match | undefined {
  const search = new Search(root, view, onMiss, original);
  for (const state of search.value(pattern, root.name, root, EMPTY)) {
    const match = search.close(state);
    if (match !== undefined) return match;
  }
  return undefined;
}

class Search {
  constructor(
    private readonly root: Node,
    private readonly view: GraphView,
    private readonly onMiss: ((miss: Miss) => void) | undefined,
    private readonly original: Original,
  ) {}

  /** All ways in which a value fits a pattern. */
  *value(pattern: Pattern, value: ValueId, user: Node, state: State): Generator<State> {
    switch (pattern.kind) {
      case 'any':
      case 'constant':
        yield* this.leaf(pattern, value, state);
        return;
      case 'oneOf':
        for (const one of pattern.patterns) yield* this.value(one, value, user, state);
        return;
      case 'op':
        yield* this.node(pattern, value, user, state);
    }
  }

  private *leaf(pattern: AnyPattern | ConstantPattern, value: ValueId, state: State): Generator<State> {
    const bound = pattern.as === undefined ? undefined : state.values.get(pattern.as);
    const producer = this.view.producer(value);
    if (bound !== undefined && bound !== value) {
      this.miss(state, producer, `is not the value '${pattern.as}' of before`);
      return;
    }
    const weight = this.view.weight(value);
    if (pattern.kind === 'constant' && weight === undefined) {
      this.miss(state, producer, `is ${article(producer.op)}, not a constant`, 'structure');
      return;
    }
    const verdict =
      pattern.kind === 'any'
        ? pattern.where?.(value, this.view)
        : pattern.where?.(weight as Weight, this.view);
    if (verdict !== undefined && verdict !== true) {
      this.miss(state, producer, verdict);
      return;
    }
    yield pattern.as === undefined ? state : { ...state, values: set(state.values, pattern.as, value) };
  }

  private *node(pattern: OpPattern, value: ValueId, user: Node, before: State): Generator<State> {
    const [name, output] = splitValue(value);
    const node = this.view.producer(name);
    if (!pattern.ops.includes(node.op)) {
      this.miss(
        before,
        node,
        `feeds ${this.original(user).name} as ${article(node.op)}, not as ${list(pattern.ops)}`,
        'structure',
      );
      return;
    }
    const state = enter(before, node, pattern);
    if (output !== (pattern.output ?? 0)) {
      this.miss(state, node, `is used through its output ${output}`);
      return;
    }
    const reason = this.condition(pattern, node);
    if (reason !== true) {
      this.miss(state, node, reason);
      return;
    }
    yield* this.inputs(pattern, node, state);
  }

  private condition(pattern: OpPattern, node: Node): true | string {
    for (const [name, test] of Object.entries(pattern.attrs ?? {})) {
      const verdict = test(Object.hasOwn(node.attrs, name) ? node.attrs[name] : undefined);
      if (verdict !== true) return `its ${name} ${verdict}`;
    }
    return pattern.where?.(node, this.view) ?? true;
  }

  private *inputs(pattern: OpPattern, node: Node, state: State): Generator<State> {
    const { inputs, rest } = pattern;
    if (inputs === undefined) {
      yield state;
      return;
    }
    const count = inputs.length;
    if (node.inputs.length < count || (rest === undefined && node.inputs.length > count)) {
      this.miss(state, node, `has ${node.inputs.length} inputs, not ${count}`, 'structure');
      return;
    }
    const leading = node.inputs.slice(0, count);
    const orders = pattern.anyOrder === true ? permutations(leading) : [leading];
    for (const order of orders) {
      for (const found of this.sequence(inputs, order, node, state)) {
        yield* this.rest(rest, node.inputs.slice(count), node, found);
      }
    }
  }

  private *sequence(
    patterns: readonly Pattern[],
    values: readonly ValueId[],
    node: Node,
    state: State,
  ): Generator<State> {
    const [pattern, ...others] = patterns;
    const [value, ...following] = values;
    if (pattern === undefined || value === undefined) {
      yield state;
      return;
    }
    for (const found of this.value(pattern, value, node, state)) {
      yield* this.sequence(others, following, node, found);
    }
  }

  private *rest(
    rest: OpPattern['rest'],
    values: readonly ValueId[],
    node: Node,
    state: State,
  ): Generator<State> {
    for (const value of values) {
      if (rest?.each === undefined) continue;
      const fits = this.value(rest.each, value, node, state).next().done !== true;
      if (!fits) return;
    }
    yield rest?.as === undefined ? state : { ...state, lists: set(state.lists, rest.as, values) };
  }

  /** Checks what surrounds a finished match. */
  close(state: State): Match | undefined {
    const inner = new Set(state.matched.map((node) => node.name).filter((name) => !state.kept.has(name)));
    inner.delete(this.root.name);
    for (const name of inner) {
      const reason = this.escapes(name, inner);
      if (reason !== undefined)
        return this.miss(state, this.view.producer(name), reason, 'condition', withoutUser(reason));
    }
    for (const value of [...state.values.values(), ...[...state.lists.values()].flat()]) {
      const name = nodeOf(value);
      if (inner.has(name) || name === this.root.name) {
        return this.miss(state, this.view.producer(name), 'its output is used a second time in the pattern');
      }
    }
    const second = this.secondOutput(this.root.name);
    if (second !== undefined) return this.miss(state, this.root, second);
    return new Match(this.root, inner, state, this.view);
  }

  /** Who outside of the match reads an inner node. */
  private escapes(name: string, inner: ReadonlySet<string>): string | undefined {
    if (this.view.isOutput(name)) return 'its output is an output of the model';
    for (const user of this.view.users(name)) {
      if (inner.has(user) || user === this.root.name) continue;
      const { name: other, op } = this.original(this.view.producer(user));
      return `its output has another user (${other}/${op})`;
    }
    return undefined;
  }

  private secondOutput(name: string): string | undefined {
    if (this.view.handsOutMore(name)) return 'another of its outputs is an output of the model';
    for (const user of this.view.users(name)) {
      for (const value of this.view.producer(user).inputs) {
        const [from, output] = splitValue(value);
        if (from === name && output > 0) return `its output ${output} is used (${user})`;
      }
    }
    return undefined;
  }

  private miss(
    state: State,
    node: Node,
    reason: string,
    kind: Miss['kind'] = 'condition',
    group?: string,
  ): undefined {
    this.onMiss?.({ root: this.root, matched: state.matched, node, reason, kind, group });
  }
}

function enter(state: State, node: Node, pattern: OpPattern): State {
  return {
    ...state,
    matched: state.matched.includes(node) ? state.matched : [...state.matched, node],
    nodes: pattern.as === undefined ? state.nodes : set(state.nodes, pattern.as, node),
    kept: pattern.keep === true ? new Set(state.kept).add(node.name) : state.kept,
  };
}

function set<T>(map: ReadonlyMap<string, T>, name: string, value: T): ReadonlyMap<string, T> {
  return new Map(map).set(name, value);
}

/** `its output has another user`, whoever that is. */
function withoutUser(reason: string): string {
  return reason.replace(/ \(.*\)$/, '');
}

/** `a Conv2D`, `an AvgPool`. */
function article(word: string): string {
  return `${/^[AEIO]/i.test(word) ? 'an' : 'a'} ${word}`;
}

function list(ops: readonly string[]): string {
  return ops.length > 4 ? `one of ${ops.slice(0, 3).join(', ')}, …` : ops.join(' or ');
}

function* permutations<T>(items: readonly T[]): Generator<readonly T[]> {
  if (items.length <= 1) {
    yield items;
    return;
  }
  for (const [at, first] of items.entries()) {
    for (const others of permutations(items.filter((_, index) => index !== at))) yield [first, ...others];
  }
}
