import * as tf from '@tensorflow/tfjs';
import {
  attr,
  fail,
  isOptimizeError,
  loadModel,
  makeNode,
  saveModel,
  Weight,
  type ErrorCode,
  type Graph,
  type JsonObject,
  type Model,
} from '@tfjs-optimize/core';

declare const model: Model;
declare const floatModel: Model<'float'>;
declare const integerModel: Model<'integer'>;
declare const layersModel: tf.LayersModel;
declare const graphModel: tf.GraphModel;
declare const handler: tf.io.IOHandler;

// Every kind of source is read into a Model.
const read: Promise<Model>[] = [
  loadModel('model.json'),
  loadModel(layersModel),
  loadModel(graphModel),
  loadModel(handler),
];
void read;
// @ts-expect-error a tensor is no model
void loadModel(tf.zeros([1]));
// @ts-expect-error a list of files is no model
void loadModel(['model.json', 'weights.bin']);

void saveModel(model, 'folder');
void saveModel(model, handler, { overwrite: true });
// @ts-expect-error stock models are saved by stock TensorFlow.js
void saveModel(layersModel, 'folder');
// @ts-expect-error an unknown option is a misspelt one
void saveModel(model, 'folder', { overWrite: true });

// A model is any stage's; a stage's model is not another stage's.
const anyStage: Model = integerModel;
void anyStage;
const float: Model<'float'> = floatModel;
void float;
// @ts-expect-error an integer model is not a float model
const wrongStage: Model<'float'> = integerModel;
void wrongStage;

// Inputs: one tensor, a list, or a record.
const outputs: tf.Tensor[] = model.run(tf.zeros([1, 2]));
void outputs;
void model.run([tf.zeros([1]), tf.zeros([2])]);
void model.run({ image: tf.zeros([1]) });
// @ts-expect-error numbers are no tensors
void model.run([1, 2, 3]);

// Everything is immutable.
// @ts-expect-error a model's graph is replaced with `with`, not assigned
model.graph = floatModel.graph;
declare const graph: Graph;
// @ts-expect-error nodes are not added in place
graph.nodes.set('x', makeNode({ name: 'x', op: 'Identity' }));
const node = makeNode({ name: 'x', op: 'Identity', inputs: ['y'], attrs: { T: attr.type('float32') } });
// @ts-expect-error inputs of a node are not appended to
node.inputs.push('z');
// @ts-expect-error the op is what makes a node a node
void makeNode({ name: 'x' });
// @ts-expect-error an attribute has the type of its kind
void attr.ints(['1']);
// @ts-expect-error float64 is no type of TensorFlow.js
void attr.type('float64');

void Weight.of(new Float32Array(2), [2]);
// @ts-expect-error plain arrays of numbers have no type
void Weight.of([1, 2], [2]);

// Errors carry one of the stable codes.
const check = (error: unknown): ErrorCode | undefined => (isOptimizeError(error) ? error.code : undefined);
void check;
// @ts-expect-error a code that does not exist
const missingCode = (): never => fail('io/nowhere', { subject: 'x', expected: 'a', got: 'b' });
void missingCode;

// Options are JSON.
const options: JsonObject = { a: [1, 'b', null, { c: true }] };
void options;
// @ts-expect-error a function is no JSON
const notJson: JsonObject = { a: () => 1 };
void notJson;
