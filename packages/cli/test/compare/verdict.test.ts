import { expect } from 'chai';
import { compareFetched, findingOf } from '../../src/compare/outputs.js';
import { verdict } from '../../src/compare/verdict.js';

function say(
  outputs: Readonly<Record<string, readonly [a: readonly number[], b: readonly number[]]>>,
): string {
  const judged = Object.entries(outputs).map(([key, [a, b]]) => {
    const value = (values: readonly number[]) => ({ dtype: 'float32', shape: [values.length], values });
    const comparison = compareFetched(value(a), value(b));
    return { key, comparison, finding: findingOf(comparison, 0.1) };
  });
  return verdict(judged, 0.1).join('\n');
}

describe('verdict', () => {
  it('says equal only of numbers', () => {
    expect(say({ y: [[1], [1]] })).to.equal('The outputs are equal.');
    expect(
      say({
        y: [
          [NaN, 1, NaN],
          [NaN, 1, NaN],
        ],
      }),
    ).to.equal(
      'The outputs are equal where they are numbers.\ny: 2 NaN of 3 values in both models, at the same places.',
    );
    expect(
      say({
        y: [
          [NaN, 1],
          [NaN, 1.01],
        ],
      }),
    ).to.match(/^The outputs agree where they are numbers: /);
  });

  it('says that nothing was compared where all is NaN', () => {
    expect(say({ y: [[NaN], [NaN]] })).to.equal(
      [
        'The output has no number to compare: NaN equals nothing, not even NaN.',
        'y: 1 NaN of 1 value in both models, at the same places.',
      ].join('\n'),
    );
  });

  it('names the outputs by why they differ', () => {
    const text = say({
      y: [[1], [1]],
      far: [[1], [2]],
      odd: [
        [NaN, 1],
        [-Infinity, 1],
      ],
    });
    expect(text).to.equal(
      [
        '1 of 3 outputs (far) differs by more than 0.1 of its largest value (of 1, where that is smaller).',
        '1 of 3 outputs (odd) differs in which values are NaN or infinite.',
        'odd: of 2 values, 1 NaN in the first model, 1 infinite in the second.',
      ].join('\n'),
    );
  });

  it('tells of infinities that are the same', () => {
    expect(
      say({
        y: [
          [Infinity, 1],
          [Infinity, 1],
        ],
      }),
    ).to.equal('The outputs are equal.\ny: 1 infinite of 2 values in both models, at the same places.');
  });
});
