import { attr, getAttr, makeNode, Weight, type Attrs, type Node, type ValueId } from '@tfjs-optimize/core';
import { opName, softmaxTable, tableOf, type RuntimeOp } from '@tfjs-optimize/runtime/format';
import { rangeOf, type QParams } from '../numerics/qparams.js';
import { params, type Emitter } from './emit.js';
import { FILL_PLACE } from './moves.js';
import { parametersOf } from './parameters.js';
import type { LinearUnit, MoveUnit, RealClamp, Unit } from './units.js';
import { bfloat16Bytes, quantizeLinear } from './weights.js';

/** The node of the integer graph that does the work of a unit. */
export function integerNode(unit: Unit, name: string, emitter: Emitter): Node {
  const { parameters } = emitter;
  const [x, other] = unit.inputs as [ValueId, ValueId];
  const y = parameters.of(unit.outputs[0] as ValueId);
  const node = (op: RuntimeOp, inputs: readonly ValueId[], attrs: Attrs): Node =>
    makeNode({ name, op: opName(op), inputs, attrs });
  const own = (value: ValueId): QParams => ownParameters(value, emitter);
  const asOwn = (value: ValueId): ValueId => emitter.asInt8(value, own(value));
  const pair = { ...params('a', own(x)), ...(other === undefined ? {} : params('b', own(other))) };
  switch (unit.kind) {
    case 'linear':
      return node(unit.op, [asOwn(x), ...linearConstants(unit, own(x), emitter)], {
        ...windowAttrs(unit.window),
        ...params('x', own(x)),
        ...params('y', y),
        ...clampAttrs(unit.clamp, y),
      });
    case 'product':
      return node('BatchMatMul', [asOwn(x), asOwn(other)], {
        ...pair,
        ...params('y', y),
        ...(unit.transposed.a ? { adj_x: attr.bool(true) } : {}),
        ...(unit.transposed.b ? { adj_y: attr.bool(true) } : {}),
      });
    case 'binary':
      return node(unit.op, [asOwn(x), asOwn(other)], {
        ...pair,
        ...params('y', y),
        ...clampAttrs(unit.clamp, y),
      });
    case 'pool':
      return node(unit.op, [emitter.asInt8(x, y)], {
        ksize: attr.ints(getAttr(unit.node, 'ksize', 'ints') ?? []),
        ...windowAttrs(unit.node),
      });
    case 'resize':
      return node(
        unit.op,
        [emitter.asInt8(x, y), ...unit.node.inputs.slice(1).map((value) => emitter.here(value))],
        flags(unit.node, ['align_corners', 'half_pixel_centers']),
      );
    case 'mean':
      return node('Mean', [asOwn(x)], {
        ...params('x', own(x)),
        ...params('y', y),
        axes: attr.ints(unit.axes),
        ...(unit.keepDims ? { keep_dims: attr.bool(true) } : {}),
      });
    case 'clamp':
      return node('Requantize', [asOwn(x)], {
        ...params('x', own(x)),
        ...params('y', y),
        ...clampAttrs(unit.clamp, y),
      });
    case 'table': {
      const { scale, zeroPoint } = own(x);
      const values = tableOf(unit.apply, scale, zeroPoint, y.scale, y.zeroPoint);
      return node('Table', [asOwn(x), emitter.out.int8(`${name}/table`, values, [256])], {});
    }
    case 'softmax': {
      const values = softmaxTable(own(x).scale);
      return node('Softmax', [asOwn(x), emitter.out.constant(`${name}/table`, Weight.of(values, [256]))], {});
    }
    case 'move':
      return movedNode(unit, name, y, emitter);
  }
}

/** The parameters of a value where it is made; of a constant those of its own range. */
function ownParameters(value: ValueId, { reading, parameters }: Emitter): QParams {
  const constant = reading.constants.of(value);
  return constant === undefined ? parameters.of(value) : parametersOf(rangeOf(constant.values));
}

function linearConstants(unit: LinearUnit, x: QParams, { options, out }: Emitter): ValueId[] {
  const { kernel, scales, bias } = quantizeLinear(unit, x.scale, options);
  const { name } = unit.kernel;
  const stored =
    options.scaleType === 'bfloat16'
      ? Weight.stored('float32', [scales.length], { kind: 'bfloat16' }, bfloat16Bytes(scales))
      : Weight.of(scales, [scales.length]);
  return [
    out.int8Kernel(unit.kernel, kernel),
    out.constant(`${beside(name)}scales`, stored),
    ...(bias === undefined
      ? []
      : [out.constant(`${unit.bias?.name ?? name}/int32`, Weight.of(bias, [bias.length]))]),
  ];
}

/** The start of names of what stands beside a constant: the path in front of its last part. */
function beside(name: string): string {
  const at = name.lastIndexOf('/');
  return at < 0 ? `${name}/` : name.slice(0, at + 1);
}

/** Strides, padding and the like, where they are not what the op takes anyway. */
function windowAttrs(window: Node | undefined): Attrs {
  if (window === undefined) return {};
  const padding = (getAttr(window, 'padding', 'string') ?? 'VALID').toUpperCase();
  const lists: Record<string, ReturnType<typeof attr.ints>> = {};
  for (const key of ['strides', 'dilations']) {
    const sizes = getAttr(window, key, 'ints') ?? [];
    if (sizes.some((size) => size !== 1)) lists[key] = attr.ints(sizes);
  }
  if (padding === 'EXPLICIT')
    lists['explicit_paddings'] = attr.ints(getAttr(window, 'explicit_paddings', 'ints') ?? []);
  return { ...lists, ...(padding === 'VALID' ? {} : { padding: attr.string(padding) }) };
}

function flags(node: Node, keys: readonly string[]): Attrs {
  return Object.fromEntries(
    keys.filter((key) => getAttr(node, key, 'bool') === true).map((key) => [key, attr.bool(true)]),
  );
}

/** Ends of the clamp among int8 values, where they are not at the ends of all. */
function clampAttrs({ min, max }: RealClamp, { scale, zeroPoint }: QParams): Attrs {
  const level = (real: number): number =>
    Math.min(Math.max(Math.round(Math.fround(real / scale)) + zeroPoint, -128), 127);
  const low = min === undefined ? -128 : level(min);
  const high = max === undefined ? 127 : level(max);
  return {
    ...(low === -128 ? {} : { clamp_min: attr.int(low) }),
    ...(high === 127 ? {} : { clamp_max: attr.int(high) }),
  };
}

/** The node itself on int8 values, which are int32. */
function movedNode(unit: MoveUnit, name: string, y: QParams, emitter: Emitter): Node {
  const { node, places, fill } = unit;
  const inputs = node.inputs.map((value, place) =>
    places.includes(place) ? emitter.asInt8(value, y) : emitter.here(value),
  );
  const { T: _type, ...attrs } = node.attrs;
  const moved = { ...node, name, inputs, attrs };
  if (fill === undefined) return moved;
  const level = Math.min(Math.max(Math.round(fill / y.scale) + y.zeroPoint, -128), 127);
  const place = FILL_PLACE[node.op];
  if (place === undefined) {
    // Pad says it in an attribute; PadV2 in an input.
    const { constant_value: _value, ...rest } = attrs;
    return { ...moved, attrs: { ...rest, constant_value: attr.float(level) } };
  }
  const value = emitter.out.constant(`${name}/fill`, Weight.of(Int32Array.of(level), []));
  return { ...moved, inputs: inputs.map((input, at) => (at === place ? value : input)) };
}
