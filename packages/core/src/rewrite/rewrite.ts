import { fail, throwIfAborted } from '../errors.js';
import type { Node } from '../graph/node.js';
import type { Model } from '../model.js';
import type { Note } from '../pass.js';
import { declineNotes, type Decline } from './declines.js';
import { Draft } from './draft.js';
import { matchAt, type Miss, type Original } from './match.js';
import { rootOps } from './pattern.js';
import { Replacement } from './replacement.js';
import type { Rule } from './rule.js';

/** How to rewrite. */
export interface RewriteOptions {
  /** Rewrites allowed for each node of the graph before the rules count as going round in circles; 20 unless told. */
  readonly maxPerNode?: number;
  readonly signal?: AbortSignal;
}

/** A way in which a rule nearly applied. */
export interface NearMiss extends Miss {
  readonly rule: Rule;
}

/** What {@link rewrite} did. */
export interface RewriteResult {
  /** The very model given when nothing changed. */
  readonly model: Model;
  readonly changed: boolean;
  /** One `did` note a rewrite, then one `declined` note for each reason that a rule gave. */
  readonly notes: readonly Note[];
  /** How often each rule applied, by name; rules that never did are not listed. */
  readonly counts: ReadonlyMap<string, number>;
  /** Nodes of the given model that each new node was made of, by names, what came last first. */
  readonly madeOf: ReadonlyMap<string, readonly string[]>;
}

/**
 * Applies rules everywhere, again and again, until none applies: nodes in topological order, at
 * each node the rules in the order given, until none of them applies there. Deterministic. A sweep
 * costs about (nodes × rules that can end in that op); sweeps are repeated until one changes nothing.
 */
export function rewrite(model: Model, rules: readonly Rule[], options: RewriteOptions = {}): RewriteResult {
  const run = new Rewriting(model, rules, options);
  while (run.sweep());
  return run.result();
}

class Rewriting {
  private readonly draft: Draft;
  private readonly byOp: RuleIndex;
  private readonly counts = new Map<string, number>();
  private readonly notes: Note[] = [];
  private readonly madeOf = new Map<string, readonly string[]>();
  private readonly declined = new Map<string, Decline>();
  private left: number;

  constructor(
    model: Model,
    rules: readonly Rule[],
    private readonly options: RewriteOptions,
  ) {
    this.draft = new Draft(model);
    this.byOp = new RuleIndex(rules);
    this.left = (options.maxPerNode ?? 20) * (model.graph.size + 10);
  }

  /** Visits every node once, and what a rewrite touched again. Tells whether anything changed. */
  sweep(): boolean {
    throwIfAborted(this.options.signal, 'rewriting');
    this.declined.clear();
    const queue = this.draft.names();
    const queued = new Set(queue);
    let changed = false;
    for (let at = 0; at < queue.length; at++) {
      const name = queue[at] as string;
      queued.delete(name);
      const again = this.visit(name);
      if (again.length > 0) changed = true;
      for (const next of again) {
        if (queued.has(next)) continue;
        queued.add(next);
        queue.push(next);
      }
    }
    return changed;
  }

  /** Applies rules to a node until none applies to it any more. Returns what to look at again. */
  private visit(name: string): readonly string[] {
    const touched = new Set<string>();
    for (let again = this.step(name); again.length > 0; again = this.step(name)) {
      for (const one of again) touched.add(one);
    }
    return [...touched];
  }

  private step(name: string): readonly string[] {
    const node = this.draft.node(name);
    if (node === undefined) return [];
    for (const rule of this.byOp.of(node.op)) {
      const again = this.tryRule(rule, node);
      if (again.length > 0) return again;
    }
    return [];
  }

  private tryRule(rule: Rule, node: Node): readonly string[] {
    const match = matchAt(rule.pattern, node, this.draft);
    if (match === undefined) return [];
    const replacement = new Replacement(this.draft, match, rule.name);
    const outcome = rule.apply(match, replacement);
    if (outcome.kind === 'declined') {
      const { reason, group, node: blamed = node } = outcome;
      this.declined.set(`${rule.name} ${node.name}`, { rule: rule.name, root: node, blamed, reason, group });
      return [];
    }
    const again = replacement.commit(outcome);
    if (again.length === 0) return again;
    this.record(rule, node, match.nodes);
    this.remember(
      match.nodes,
      outcome.kind === 'value' ? replacement.made : [...replacement.made, node.name],
    );
    return again;
  }

  private remember(matched: readonly Node[], made: readonly string[]): void {
    const parts = [...new Set(matched.flatMap(({ name }) => this.madeOf.get(name) ?? [name]))];
    for (const one of made) this.madeOf.set(one, parts);
  }

  private record(rule: Rule, node: Node, matched: readonly Node[]): void {
    this.counts.set(rule.name, (this.counts.get(rule.name) ?? 0) + 1);
    const names = matched.map((one) => `${one.name} (${one.op})`).join(', ');
    this.notes.push({ level: 'info', kind: 'did', subject: node.name, message: `${rule.name}: ${names}` });
    if (--this.left > 0) return;
    const busy = [...this.counts].sort((a, b) => b[1] - a[1]).slice(0, 3);
    fail('pipeline/unstable', {
      subject: 'rewriting',
      expected: 'rules to come to rest',
      got: busy.map(([name, count]) => `${name} ${count} times`).join(', '),
      advice: 'Two of these rules undo each other: apply them in separate passes',
    });
  }

  result(): RewriteResult {
    const model = this.draft.finish();
    return {
      model,
      changed: this.draft.changed,
      notes: [...this.notes, ...declineNotes(this.declined.values())],
      counts: this.counts,
      madeOf: this.madeOf,
    };
  }
}

/** Rules by the op of the node they are rooted at. */
class RuleIndex {
  private readonly cache = new Map<string, readonly Rule[]>();
  constructor(private readonly rules: readonly Rule[]) {}

  of(op: string): readonly Rule[] {
    let found = this.cache.get(op);
    if (found === undefined) {
      found = this.rules.filter((rule) => rootOps(rule.pattern)?.includes(op) ?? true);
      this.cache.set(op, found);
    }
    return found;
  }
}

/**
 * Every way in which a rule could apply to a model as it stands, or nearly could. Changes nothing.
 * @param original tells by what name reasons call a node.
 */
export function nearMisses(
  model: Model,
  rules: readonly Rule[],
  original: Original = (node) => node,
): readonly NearMiss[] {
  const draft = new Draft(model);
  const index = new RuleIndex(rules);
  const misses: NearMiss[] = [];
  for (const node of model.graph) {
    for (const rule of index.of(node.op)) {
      const match = matchAt(rule.pattern, node, draft, (miss) => misses.push({ ...miss, rule }), original);
      if (match === undefined) continue;
      const outcome = rule.apply(match, new Replacement(draft, match, rule.name));
      if (outcome.kind !== 'declined') continue;
      const { reason, group, node: blamed = node } = outcome;
      misses.push({ rule, root: node, matched: match.nodes, node: blamed, reason, group, kind: 'condition' });
    }
  }
  return misses;
}
