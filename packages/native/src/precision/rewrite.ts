import { encodeHalf, valueId, type ValueId } from '@tfjs-optimize/core';
import type { TfNode } from '../saved-model/ops/graph-writer.js';
import type { NodeNames } from '../saved-model/ops/node-names.js';
import type { TfType } from '../saved-model/types.js';
import type { Decision } from './decide.js';
import type { Flow } from './flow.js';
import type { Halves } from './precision.js';

/** A graph in which some nodes are of 16 bits. */
export interface Rewritten {
  readonly nodes: readonly TfNode[];
  /** Casts of what is not known ahead. */
  readonly casts: number;
  /** What stands for a value that is to be float32: itself, or a Cast of it. */
  asFloat(value: ValueId): ValueId;
}

/**
 * Gives nodes their precision: a Cast where a value goes from one to the other, one for all that read it so; constants
 * that only nodes of 16 bits read are written so.
 */
export function rewriteInHalf(
  flow: Flow,
  decisions: ReadonlyMap<string, Decision>,
  halves: Halves,
  names: NodeNames,
  outputs: readonly ValueId[],
): Rewritten {
  return new Rewriter(flow, decisions, halves, names).rewrite(outputs);
}

class Rewriter {
  private readonly written: TfNode[] = [];
  private readonly casts = new Map<string, ValueId>();
  private readonly halfConstants = new Set<string>();

  constructor(
    private readonly flow: Flow,
    private readonly decisions: ReadonlyMap<string, Decision>,
    private readonly halves: Halves,
    private readonly names: NodeNames,
  ) {}

  rewrite(outputs: readonly ValueId[]): Rewritten {
    for (const node of this.flow.nodes) {
      if (this.isReadInHalf(node)) this.halfConstants.add(node.name);
    }
    for (const node of this.flow.nodes) this.write(node);
    const kept = new Map(outputs.map((value) => [value, this.asFloat(value)]));
    const needed = new Set([...this.written.flatMap(({ inputs }) => inputs), ...kept.values()]);
    const { type } = this.halves;
    // Weights are cast to float32 as they are written; of these casts some now have no readers.
    const isUnread = ({ name, op, attrs }: TfNode): boolean =>
      op === 'Cast' && attrs['SrcT']?.value === type && !needed.has(name);
    return {
      nodes: this.written.filter((node) => !isUnread(node)),
      casts: [...this.casts.keys()].filter((key) => !this.flow.isWeight(key.split(' ')[1] as string)).length,
      asFloat: (value) => kept.get(value) ?? value,
    };
  }

  /** Whether a constant of floats is read by nodes of 16 bits alone. */
  private isReadInHalf(node: TfNode): boolean {
    if (node.op !== 'Const' || node.attrs['dtype']?.value !== 'float') return false;
    const uses = this.flow.uses(node.name);
    const areHalf = uses.every(({ node: user, input }) => this.readsHalf(user, input));
    return uses.length > 0 && areHalf && !this.flow.isHandedOut(node.name);
  }

  private readsHalf(node: TfNode, input: number): boolean {
    const decision = this.decisions.get(node.name);
    return decision?.isHalf === true && decision.ports?.inputs.includes(input) === true;
  }

  private makesHalf(value: ValueId): boolean {
    const source = this.flow.source(value);
    const decision = this.decisions.get(source?.name ?? '');
    if (source === undefined || decision?.isHalf !== true) return false;
    return decision.ports?.outputs.some((i) => valueId(source.name, i) === value) === true;
  }

  private write(node: TfNode): void {
    if (this.halfConstants.has(node.name)) {
      this.written.push(inHalf(node, this.halves));
      return;
    }
    const inputs = node.inputs.map((value, input) =>
      this.readsHalf(node, input) ? this.asHalf(value) : this.asFloat(value),
    );
    const decision = this.decisions.get(node.name);
    const attrs =
      decision?.isHalf === true && decision.ports !== undefined
        ? { ...node.attrs, [decision.ports.attr]: { kind: 'type', value: this.halves.type } as const }
        : node.attrs;
    this.written.push({ ...node, inputs, attrs });
  }

  private asHalf(value: ValueId): ValueId {
    if (this.makesHalf(value) || this.halfConstants.has(value)) return value;
    return this.flow.storedHalf(value) ?? this.cast(value, 'float', this.halves.type);
  }

  private asFloat(value: ValueId): ValueId {
    return this.makesHalf(value) ? this.cast(value, this.halves.type, 'float') : value;
  }

  private cast(value: ValueId, from: TfType, to: TfType): ValueId {
    const key = `${to} ${value}`;
    const found = this.casts.get(key);
    if (found !== undefined) return found;
    const name = this.names.fresh(`${value.replace(':', '_')}/to_${to}`);
    this.written.push({
      name,
      op: 'Cast',
      inputs: [value],
      controls: [],
      attrs: { SrcT: { kind: 'type', value: from }, DstT: { kind: 'type', value: to } },
    });
    this.casts.set(key, name);
    return name;
  }
}

/** A constant of floats in 16 bits. */
function inHalf(node: TfNode, { format, type }: Halves): TfNode {
  const held = node.attrs['value'];
  if (held?.kind !== 'tensor') return node;
  const floats = new Float32Array(held.value.bytes.slice().buffer);
  const bytes = new Uint8Array(encodeHalf(floats, format).buffer);
  const value = { kind: 'tensor', value: { ...held.value, type, bytes } } as const;
  return { ...node, attrs: { value, dtype: { kind: 'type', value: type } } };
}
