import { attr, getAttr, makeNode, nodeOf, type Attrs, type Node, type ValueId } from '../graph/node.js';
import type { TensorType } from '../graph/ops/row.js';
import type { Weight } from '../weights.js';
import { dependencies, type Draft } from './draft.js';
import type { Match } from './match.js';
import type { ConstantOptions, Origin, Outcome, RuleContext } from './rule.js';

/** What a rule is building; see {@link RuleContext}. */
export class Replacement implements RuleContext {
  private readonly pending: { readonly node: Node; readonly weight?: Weight; readonly of?: Origin }[] = [];
  private readonly taken = new Set<string>();

  constructor(
    private readonly draft: Draft,
    private readonly match: Match,
    private readonly origin: string,
  ) {}

  node(name: string): Node | undefined {
    return this.draft.node(name) ?? this.pending.find(({ node }) => node.name === name)?.node;
  }
  producer(value: ValueId): Node {
    return this.pending.find(({ node }) => node.name === nodeOf(value))?.node ?? this.draft.producer(value);
  }
  users(name: string): ReadonlySet<string> {
    return this.draft.users(name);
  }
  isOutput(name: string): boolean {
    return this.draft.isOutput(name);
  }
  handsOutMore(name: string): boolean {
    return this.draft.handsOutMore(name);
  }
  type(value: ValueId): TensorType {
    return this.draft.type(value);
  }
  weight(value: ValueId): Weight | undefined {
    const made = this.pending.find(({ node }) => node.name === value);
    return made === undefined ? this.draft.weight(value) : made.weight;
  }

  /** Names of the nodes made so far. */
  get made(): readonly string[] {
    return this.pending.map(({ node }) => node.name);
  }

  make(op: string, inputs: readonly ValueId[], attrs: Attrs, name: string): ValueId {
    return this.add({ op, inputs, attrs, name: this.unique(name) });
  }

  constant(weight: Weight, options: ConstantOptions): ValueId {
    const old = options.instead;
    const name = old !== undefined && this.mayReuse(old) ? old : this.unique(options.name);
    return this.add({ op: 'Const', attrs: constAttrs(weight), name }, weight, options.of);
  }

  /** Carries the outcome out. Returns the names of nodes to look at again; none if nothing changed. */
  commit(outcome: Exclude<Outcome, { kind: 'declined' }>): readonly string[] {
    const { draft, match, origin } = this;
    const { root } = match;
    if (outcome.kind === 'value' && this.isAnchored(root)) {
      if (root.op === 'Identity') return [];
      return this.place(
        makeNode({ ...root, op: 'Identity', inputs: [outcome.value], attrs: typeOf(root), origin }),
      );
    }
    if (outcome.kind === 'value') {
      this.addPending();
      const readers = draft.redirect(root.name, outcome.value);
      draft.remove(root.name);
      return [nodeOf(outcome.value), ...readers, ...this.pending.map(({ node }) => node.name)];
    }
    if (outcome.kind === 'constant') {
      draft.setWeight(root.name, outcome.weight);
      for (const one of outcome.of) this.moved(one, root.name);
      return this.place({ ...root, op: 'Const', inputs: [], attrs: constAttrs(outcome.weight), origin });
    }
    const { op, inputs, attrs } = outcome;
    return this.place({ ...root, op, inputs, attrs, origin });
  }

  /** A root whose name must stay: an output, something others wait for, or something that waits. */
  private isAnchored(root: Node): boolean {
    if (this.draft.isOutput(root.name) || root.controls.length > 0) return true;
    for (const user of this.draft.users(root.name)) {
      if (this.draft.producer(user).controls.includes(root.name)) return true;
    }
    return false;
  }

  /** Puts the new root in place and clears away what it replaces. */
  private place(root: Node): readonly string[] {
    const { draft, match } = this;
    const before = draft.producer(match.root.name);
    const inner = [...match.inner].map((name) => draft.producer(name));
    const controls = [...new Set([...before.controls, ...inner.flatMap((node) => node.controls)])];
    const oldInputs = [before, ...inner].flatMap((node) => [...dependencies(node)]);
    this.addPending();
    draft.put({ ...root, controls: controls.filter((name) => !match.inner.has(name)) }, root.name);
    const kept = new Set(this.pending.map(({ node }) => node.name));
    for (const { name } of inner) if (!kept.has(name)) draft.remove(name);
    for (const name of oldInputs)
      if (!kept.has(name) && draft.node(name) !== undefined) draft.removeIfDead(name);
    return [...kept, root.name, ...draft.users(root.name)];
  }

  private addPending(): void {
    for (const { node, weight, of } of this.pending) {
      if (weight !== undefined) this.draft.setWeight(node.name, weight);
      if (of !== undefined) this.moved(of, node.name);
      this.draft.put(node, this.match.root.name);
    }
  }

  private moved({ weight, place }: Origin, to: string): void {
    this.draft.moved({ from: nodeOf(weight), to, place });
  }

  private add(
    node: Pick<Node, 'name' | 'op' | 'attrs'> & Partial<Node>,
    weight?: Weight,
    of?: Origin,
  ): ValueId {
    this.taken.add(node.name);
    this.pending.push({
      node: makeNode({ ...node, origin: this.origin }),
      ...(weight !== undefined && { weight }),
      ...(of !== undefined && { of }),
    });
    return node.name;
  }

  /** Whether nothing reads a constant any more once the match is gone. */
  private mayReuse(name: string): boolean {
    if (this.taken.has(name) || this.draft.isForeign(name) || this.draft.isOutput(name)) return false;
    if (this.draft.node(name)?.op !== 'Const') return false;
    return this.readers(name).every(
      (reader) => this.goes(reader) || this.readers(reader).every(this.goes, this),
    );
  }

  private readers(name: string): string[] {
    return this.draft.isOutput(name) ? ['an output'] : [...this.draft.users(name)];
  }

  private goes(name: string): boolean {
    return name === this.match.root.name || this.match.inner.has(name);
  }

  private unique(wish: string): string {
    const free = (name: string): boolean =>
      !this.taken.has(name) && name !== this.match.root.name && this.draft.isFree(name, this.match.inner);
    if (free(wish)) return wish;
    for (let count = 1; ; count++) if (free(`${wish}_${count}`)) return `${wish}_${count}`;
  }
}

function constAttrs(weight: Weight): Attrs {
  return { dtype: attr.type(weight.dtype) };
}

function typeOf(node: Node): Attrs {
  const type = node.op === 'Cast' ? getAttr(node, 'DstT', 'type') : getAttr(node, 'T', 'type');
  return type === undefined ? {} : { T: { kind: 'type', value: type } };
}
