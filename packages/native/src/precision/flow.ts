import { nodeOf, type ValueId } from '@tfjs-optimize/core';
import type { TfNode } from '../saved-model/ops/graph-writer.js';
import type { Halves } from './precision.js';

/** Which node reads a value, and as which of its inputs. */
export interface Use {
  readonly node: TfNode;
  readonly input: number;
}

/** A written graph, seen from its values. */
export class Flow {
  private readonly byName: ReadonlyMap<string, TfNode>;
  private readonly usesOf = new Map<ValueId, Use[]>();
  /** Values that the signature hands out. */
  private readonly handedOut: ReadonlySet<ValueId>;
  /** Nodes inside of loops that are made of frames. */
  private readonly looped: ReadonlySet<string>;

  constructor(
    readonly nodes: readonly TfNode[],
    outputs: readonly ValueId[],
    private readonly type: Halves['type'],
  ) {
    this.byName = new Map(nodes.map((node) => [node.name, node]));
    this.handedOut = new Set(outputs);
    for (const node of nodes) {
      node.inputs.forEach((value, input) => {
        const uses = this.usesOf.get(value) ?? [];
        uses.push({ node, input });
        this.usesOf.set(value, uses);
      });
    }
    this.looped = loopedNodes(nodes);
  }

  /** The node that makes a value. */
  source(value: ValueId): TfNode | undefined {
    return this.byName.get(nodeOf(value));
  }

  uses(value: ValueId): readonly Use[] {
    return this.usesOf.get(value) ?? [];
  }

  isHandedOut(value: ValueId): boolean {
    return this.handedOut.has(value);
  }

  isInLoop(node: TfNode): boolean {
    return this.looped.has(node.name);
  }

  /** The value of 16 bits that a value is a Cast of: a weight that is stored so. */
  storedHalf(value: ValueId): ValueId | undefined {
    const cast = this.source(value);
    const from = cast?.op === 'Cast' ? cast.attrs['SrcT'] : undefined;
    return from?.kind === 'type' && from.value === this.type ? cast?.inputs[0] : undefined;
  }

  /** Whether a value is a weight, stored in whatever type. */
  isWeight(value: ValueId): boolean {
    const op = this.source(this.storedHalf(value) ?? value)?.op;
    return op === 'Const' || op === 'ReadVariableOp';
  }
}

/** All that Enter nodes lead to, up to Exit nodes. */
function loopedNodes(nodes: readonly TfNode[]): ReadonlySet<string> {
  const inside = new Set<string>();
  if (!nodes.some(({ op }) => op === 'Enter')) return inside;
  // Again while anything is added: what comes round a loop stands behind where it goes.
  for (let before = -1; before < inside.size;) {
    before = inside.size;
    for (const node of nodes) {
      const isInside = node.op === 'Enter' || node.inputs.some((value) => inside.has(nodeOf(value)));
      if (isInside && node.op !== 'Exit') inside.add(node.name);
    }
  }
  return inside;
}
