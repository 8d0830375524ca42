import * as tf from '@tensorflow/tfjs';
import { race, type BenchCase, type BenchRow } from '@tfjs-optimize/benchmark';

const run = (): Promise<BenchRow> =>
  race(
    () => tf.zeros([1]),
    () => [tf.zeros([1])],
    { id: 'example/zeros', seed: 1, tolerance: 0 },
  );

const listed: readonly BenchCase[] = [{ id: 'example/zeros', what: 'zeros against zeros', run }];
void listed;

// @ts-expect-error a case says what it measures
const noWhat: BenchCase = { id: 'example/zeros', run };
void noWhat;

const zeros = () => tf.zeros([1]);
const texts = () => 'one';
// @ts-expect-error without a tolerance the outputs of the sides could not be compared
void race(zeros, zeros, { id: 'example/zeros', seed: 1 });
// @ts-expect-error sides give tensors, a number or nothing
void race(texts, texts, { id: 'example/zeros', seed: 1, tolerance: 0 });
