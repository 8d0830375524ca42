import { Random } from '@tfjs-optimize/core';
import { expect } from 'chai';
import { geometryOf, type ConvAttrs, type Geometry } from '../../src/kernels/conv/geometry.js';

/** The seed of all cases: another with FUZZ_SEED. */
const SEED = Number(process.env['FUZZ_SEED'] ?? 1);
/** How long each test tries: longer with FUZZ_SECONDS. */
const SECONDS = Number(process.env['FUZZ_SECONDS'] ?? 1);

/** What a case is made of. */
export class Dice {
  constructor(
    private readonly random: Random,
    /** For values of tensors. */
    readonly seed: number,
  ) {}

  /** One of those given. */
  pick<T>(...from: readonly T[]): T {
    return from[this.random.integer(from.length)] as T;
  }

  /** A whole number from 0 to `most`. */
  upTo(most: number): number {
    return this.random.integer(most + 1);
  }

  /** A size: mostly a small one, at times 0 or 1. */
  size(most: number): number {
    return this.pick(0, 1, ...Array<number>(14).fill(1 + this.upTo(most - 1)));
  }

  /** Whether to do what is done once in so many cases. */
  once(many: number): boolean {
    return this.random.integer(many) === 0;
  }
}

/** A test that tries random cases for a while. What fails says how to do it again. */
export function itHolds(title: string, tryOne: (dice: Dice) => void): void {
  it(`${title} (seed ${SEED})`, function () {
    this.timeout(20_000 + 10_000 * SECONDS);
    const until = performance.now() + SECONDS * 1000;
    let cases = 0;
    for (; performance.now() < until; cases++) {
      try {
        tryOne(new Dice(Random.of(SEED).fork(`${title} ${cases}`), cases));
      } catch (error) {
        const what = error instanceof Error ? error.message : String(error);
        throw new Error(`case ${cases} with FUZZ_SEED=${SEED}: ${what}`, { cause: error });
      }
    }
    expect(cases, 'cases').to.be.greaterThan(10);
  });
}

/** A convolution or pooling by its sizes. */
export interface Sizes {
  readonly x: readonly [number, number, number, number];
  readonly filter: readonly [number, number, number, number];
  readonly attrs: ConvAttrs;
  readonly geometry: Geometry;
}

/** Sizes of a convolution, with padding, steps, dilations and roundings of every kind; undefined where they do not fit. */
export function sizesOf(dice: Dice, kind: 'plain' | 'depthwise'): Sizes | undefined {
  const side = (): number => dice.pick(1, 2, 3, 3, 4, 5);
  const step = (): number => dice.pick(1, 1, 2, 3);
  const [height, strideHeight] = [side(), step()];
  const isSquare = dice.once(2);
  const strides: [number, number] = [strideHeight, isSquare ? strideHeight : step()];
  const isDense = strides.every((each) => each === 1);
  const pad = dice.pick<ConvAttrs['pad']>('same', 'valid', dice.upTo(3), [
    [0, 0],
    [dice.upTo(3), dice.upTo(3)],
    [dice.upTo(3), dice.upTo(3)],
    [0, 0],
  ]);
  const attrs: ConvAttrs = {
    strides,
    pad,
    dataFormat: 'NHWC',
    dilations: isDense && dice.once(3) ? [dice.pick(1, 2), dice.pick(1, 2, 3)] : [1, 1],
    ...(typeof pad === 'string' ? {} : { dimRoundingMode: dice.pick(null, 'floor', 'round', 'ceil') }),
  };
  const channels = dice.pick(0, 1, 2, 3, 4, 4, 5, 8, 8, 12, 17);
  const filters = kind === 'depthwise' ? dice.pick(1, 1, 2, 3) : dice.pick(0, 1, 3, 8, 9, 17);
  const x = [dice.pick(0, 1, 1, 2, 2, 3), dice.size(9), dice.size(9), channels] as const;
  const filter = [height, isSquare ? height : side(), channels, filters] as const;
  try {
    const geometry = geometryOf(x, filter, attrs, kind === 'depthwise');
    return geometry && { x, filter, attrs, geometry };
  } catch (error) {
    if (error instanceof Error && error.message.includes('expected a filter of at most')) return undefined;
    throw error;
  }
}
