import type { Lowering, NodeLowering, TfAttrs } from './lowering.js';

/** An attribute that says how many outputs there are, from a size where the node does not tell. */
function counted(name: string, size: (node: NodeLowering) => number | undefined): Lowering {
  return (node) => {
    const count = node.attr(name, 'int') ?? size(node);
    if (count === undefined || count < 0) {
      return node.refuse(`no attribute '${name}' and a size that is not known`, `Give the node '${name}'`);
    }
    return node.last(node.node.op, node.all(), { ...node.attrs(), [name]: { kind: 'int', value: count } });
  };
}

/** Filled with a number of the type that the attribute names; float32 unless told. */
const filled =
  (value: number): Lowering =>
  (node) => {
    const { T } = node.attrs();
    const type = T?.kind === 'type' ? T.value : 'float';
    const scalar = node.cast(node.scalar(value, 'float', 'value'), type);
    return node.last('Fill', [node.input(0), scalar]);
  };

/** Random numbers are float32 unless told. */
const random: Lowering = (node) =>
  node.last(node.node.op, node.all(), { dtype: { kind: 'type', value: 'float' }, ...node.attrs() });

/** TensorFlow.js puts the new axis last, whatever `axis` says, and makes int32 unless told. */
const oneHot: Lowering = (node) =>
  node.last('OneHot', node.all(), { T: { kind: 'type', value: 'int32' }, ...node.attrs('axis') });

/**
 * The mean of whole numbers is a fraction in TensorFlow.js. The last axis is counted from the end: where it is not,
 * TensorFlow 2.15 on processors with oneDNN takes the two means of a layer norm for one of Keras, and computes it with
 * an epsilon of 0.001 whatever the graph says (pattern 3 of `FindMklLayerNorm` in `remapper.cc` never reads it).
 */
const mean: Lowering = (node) => {
  const axes = node.values(1);
  const isLast = axes?.length === 1 && axes[0] === (node.rank(0) ?? 0) - 1;
  const axis = isLast ? node.ints([-1], 'axis') : node.input(1);
  return node.last('Mean', [node.cast(node.input(0), 'float'), axis], node.attrs());
};

/** A default value and a shape that may be unknown. */
const withDefault: Lowering = (node) => {
  const given: TfAttrs = node.attrs('dtype');
  return node.last('PlaceholderWithDefault', node.all(), { shape: { kind: 'shape', value: null }, ...given });
};

/** Names of methods in capitals, which TensorFlow.js does not ask for. */
const transformed: Lowering = (node) => {
  const capitals = Object.fromEntries(
    Object.entries(node.attrs()).map(([name, attr]) => [
      name,
      attr.kind === 'string' ? ({ kind: 'string', value: attr.value.toUpperCase() } as const) : attr,
    ]),
  );
  return node.last('ImageProjectiveTransformV3', node.all(), capitals);
};

export const arrays: Readonly<Record<string, Lowering>> = {
  ImageProjectiveTransformV3: transformed,
  Mean: mean,
  OneHot: oneHot,
  Ones: filled(1),
  PlaceholderWithDefault: withDefault,
  RandomStandardNormal: random,
  RandomUniform: random,
  Split: counted('num_split', () => undefined),
  SplitV: counted('num_split', (node) => node.shape(1)?.[0]),
  TruncatedNormal: random,
  Unpack: counted('num', (node) => node.shape(0)?.at(node.number('axis', 0))),
  Zeros: filled(0),
};
