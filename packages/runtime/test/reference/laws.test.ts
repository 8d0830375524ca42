import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { productLaws, valueLaws } from '@tfjs-optimize/testing/integer';

describe('references of integer ops, element by element against whole numbers of any size', () => {
  before(() => tf.setBackend('cpu'));
  after(() => expect(tf.getBackend()).to.equal('cpu'));

  productLaws();
  valueLaws();
});
