import { handleRule, one, partialRule, staticRule, scalar, type TypeOf, typeOf } from '../shapes/basic.js';
import { shapeFrom } from '../shapes/reshape.js';
import { ANY } from './dims.js';
import type { TensorListOp } from './names.js';
import type { OpFamily, ShapeRule } from './row.js';
import { handle, ignored, need, never, noWork, number, opt, sizes, tensor } from './spec.js';
import type { OpView } from './view.js';

/* Lists and arrays of tensors: they live beside the graph, which hands handles around. */

const row = {
  category: 'control flow',
  outputs: 1,
  attrs: {},
  traits: ['stateful', 'async'],
  work: noWork,
  fold: never('works on a list outside the graph'),
} as const;

const writing = { ...row, shape: handleRule } as const;

/**
 * What comes out of a list or array: its shape is that of what was put in, which is only known as far
 * as the shape input says.
 * @param shapeInput number of the input that tells the shape of an element.
 * @param stacked whether all elements come out as one tensor.
 */
function element(type: TypeOf, shapeInput?: number, stacked = false): ShapeRule {
  return partialRule(
    'as far as the element shape says',
    'what comes out depends on what was put in',
    (view) => {
      const isScalar = shapeInput === undefined || view.shape(shapeInput)?.length !== 1;
      const shape = isScalar ? undefined : shapeFrom(view, shapeInput);
      return one(shape && (stacked ? [ANY, ...shape] : shape), typeOf(type, view));
    },
  );
}

const elementType = (view: OpView) => view.type('element_dtype');
const arrayType = (view: OpView) => view.type('dtype');
const listAttrs = { element_dtype: need('type') } as const;
const array = handle('tensorArrayId');
const list = handle('tensorListId');

export const tensorLists = {
  TensorArrayV3: {
    ...writing,
    inputs: [number('size')],
    attrs: {
      dtype: need('type'),
      element_shape: opt('shape'),
      dynamic_size: opt('bool'),
      clear_after_read: opt('bool'),
      identical_element_shapes: opt('bool'),
      tensor_array_name: opt('string'),
    },
    outputs: 2,
    shape: staticRule('two handles (scalars)', () => [
      { shape: [], dtype: 'float32' },
      { shape: [], dtype: 'float32' },
    ]),
  },
  TensorArrayWriteV3: { ...writing, inputs: [array, number('index'), tensor('tensor'), number('flowIn')] },
  TensorArrayReadV3: {
    ...row,
    inputs: [array, number('index'), number('flowIn')],
    attrs: { dtype: ignored('type') },
    shape: element(arrayType),
  },
  TensorArrayGatherV3: {
    ...row,
    inputs: [array, number('indices'), number('flowIn')],
    attrs: { dtype: need('type'), element_shape: opt('shape') },
    shape: element(arrayType),
  },
  TensorArrayScatterV3: {
    ...writing,
    inputs: [array, number('indices'), tensor('tensor'), number('flowIn')],
    attrs: { T: need('type') },
  },
  TensorArrayConcatV3: {
    ...row,
    inputs: [array, number('flowIn')],
    attrs: { dtype: need('type'), element_shape_except0: ignored('shape') },
    shape: element(arrayType),
  },
  TensorArraySplitV3: {
    ...writing,
    inputs: [array, tensor('tensor'), number('lengths'), number('flowIn')],
    attrs: { T: need('type') },
  },
  TensorArraySizeV3: { ...row, inputs: [array, number('flowIn')], shape: scalar('int32') },
  TensorArrayCloseV3: { ...writing, inputs: [array], traits: ['stateful', 'async', 'sideEffect'] },
  EmptyTensorList: {
    ...writing,
    inputs: [sizes('elementShape'), number('maxNumElements')],
    attrs: listAttrs,
  },
  TensorListReserve: { ...writing, inputs: [sizes('elementShape'), number('numElements')], attrs: listAttrs },
  TensorListFromTensor: { ...writing, inputs: [tensor('tensor'), sizes('elementShape')], attrs: listAttrs },
  TensorListScatter: {
    ...writing,
    inputs: [tensor('tensor'), number('indices'), sizes('elementShape')],
    attrs: listAttrs,
  },
  TensorListScatterV2: {
    ...writing,
    inputs: [tensor('tensor'), number('indices'), sizes('elementShape'), number('numElements')],
    attrs: listAttrs,
  },
  TensorListSplit: {
    ...writing,
    inputs: [tensor('tensor'), sizes('elementShape'), number('lengths')],
    attrs: listAttrs,
  },
  TensorListSetItem: { ...writing, inputs: [list, number('index'), tensor('tensor')], attrs: listAttrs },
  TensorListPushBack: { ...writing, inputs: [list, tensor('tensor')], attrs: listAttrs },
  TensorListResize: { ...writing, inputs: [list, number('size')] },
  TensorListGetItem: {
    ...row,
    inputs: [list, number('index'), sizes('elementShape')],
    attrs: listAttrs,
    shape: element(elementType, 2),
  },
  TensorListPopBack: {
    ...row,
    inputs: [list, sizes('elementShape')],
    attrs: listAttrs,
    shape: element(elementType, 1),
  },
  TensorListGather: {
    ...row,
    inputs: [list, number('indices'), sizes('elementShape')],
    attrs: listAttrs,
    shape: element(elementType, 2, true),
  },
  TensorListStack: {
    ...row,
    inputs: [list, sizes('elementShape')],
    attrs: { ...listAttrs, num_elements: opt('int') },
    shape: element(elementType, 1, true),
  },
  TensorListConcat: {
    ...row,
    inputs: [list],
    attrs: { ...listAttrs, element_shape: opt('shape') },
    shape: element(elementType),
  },
  TensorListConcatV2: {
    ...row,
    inputs: [list],
    attrs: { ...listAttrs, element_shape: opt('shape') },
    shape: element(elementType),
  },
  TensorListLength: { ...row, inputs: [list], shape: scalar('int32') },
} as const satisfies OpFamily<TensorListOp>;
