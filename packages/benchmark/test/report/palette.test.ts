import { expect } from 'chai';
import {
  DARK,
  heatStep,
  LIGHT,
  seriesColor,
  shadeColor,
  shadeOf,
  type Palette,
} from '../../src/report/html/palette.js';

type Triple = [number, number, number];

/** Linear light of a colour, each channel from 0 to 1 (IEC 61966-2-1). */
function linear(color: string): Triple {
  return [1, 3, 5].map((at) => {
    const channel = parseInt(color.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  }) as Triple;
}

const apply = (matrix: readonly Triple[], [r, g, b]: Triple): Triple =>
  matrix.map(([x, y, z]) => x * r + y * g + z * b) as Triple;

/** Contrast as WCAG 2.2 counts it, from 1 to 21. */
function contrast(a: string, b: string): number {
  const [light, dark] = [a, b]
    .map((color) => apply([[0.2126, 0.7152, 0.0722]], linear(color))[0])
    .sort((x, y) => y - x) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

/** What those who lack a kind of cones see, of linear light (Machado, Oliveira and Fernandes 2009, severity 1). */
const SIGHTS: Readonly<Record<string, readonly Triple[]>> = {
  all: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  'no red': [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  'no green': [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
};

/** Oklab (Ottosson 2020) of linear light. */
function oklab(light: Triple): Triple {
  const cones = apply(
    [
      [0.4122214708, 0.5363325363, 0.0514459929],
      [0.2119034982, 0.6806995451, 0.1073969566],
      [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    light,
  ).map(Math.cbrt) as Triple;
  return apply(
    [
      [0.2104542553, 0.793617785, -0.0040720468],
      [1.9779984951, -2.428592205, 0.4505937099],
      [0.0259040371, 0.7827717662, -0.808675766],
    ],
    cones,
  );
}

function apart(a: string, b: string, sight: readonly Triple[]): number {
  const [x, y] = [a, b].map((color) =>
    oklab(apply(sight, linear(color)).map((c) => Math.max(0, c)) as Triple),
  ) as [Triple, Triple];
  return Math.hypot(x[0] - y[0], x[1] - y[1], x[2] - y[2]);
}

const THEMES: readonly (readonly [string, Palette])[] = [
  ['light', LIGHT],
  ['dark', DARK],
];

for (const [theme, palette] of THEMES) {
  describe(`the ${theme} palette`, () => {
    const { ink, quiet, accent, page, card, sunken, base, series, heat } = palette;

    it('keeps 4.5 between text and what lies below it', () => {
      for (const text of [ink, quiet, accent]) {
        for (const below of [page, card])
          expect(contrast(text, below), `${text} on ${below}`).to.be.at.least(4.5);
      }
      expect(contrast(ink, sunken)).to.be.at.least(4.5);
      expect(contrast(palette.better, palette.betterBack)).to.be.at.least(4.5);
      expect(contrast(palette.worse, palette.worseBack)).to.be.at.least(4.5);
      for (const color of [base, ...series]) {
        expect(contrast(palette.onSeries, color), color).to.be.at.least(4.5);
      }
      heat.forEach((color, step) => {
        expect(contrast(step > 2 ? palette.onHeat : ink, color), color).to.be.at.least(4.5);
      });
    });

    it('keeps 3 between marks and the card', () => {
      for (const color of [base, ...series]) expect(contrast(color, card), color).to.be.at.least(3);
    });

    it('keeps series apart, also without red or green cones', () => {
      const colors = [base, ...series];
      for (const [sight, matrix] of Object.entries(SIGHTS)) {
        for (const [i, a] of colors.entries()) {
          for (const b of colors.slice(i + 1)) {
            expect(apart(a, b, matrix), `${a} and ${b} for ${sight}`).to.be.at.least(0.05);
          }
        }
      }
    });

    it('lets heat only rise', () => {
      const fromCard = heat.map((color) => contrast(color, card));
      expect(fromCard).to.deep.equal([...fromCard].sort((a, b) => a - b));
    });
  });
}

describe('colours of models and shares', () => {
  it('set the only model in the first colour and the first of several in grey', () => {
    expect(seriesColor(0, 1)).to.equal('var(--series-1)');
    expect([0, 1, 6, 7].map((at) => seriesColor(at, 8))).to.deep.equal([
      'var(--series-0)',
      'var(--series-1)',
      'var(--series-6)',
      'var(--series-1)',
    ]);
  });

  it('give nothing the first step and anything another', () => {
    expect([0, 1e-9, 0.2, 0.5, 0.99, 1].map(heatStep)).to.deep.equal([0, 1, 2, 3, 5, 5]);
    expect(heatStep(Number.NaN)).to.equal(0);
  });

  it('shade maps in proportion, so that a zero here and there does not look like a tenth', () => {
    expect([0, 0.002, 0.02, 0.05, 0.5, 1, 2, Number.NaN].map(shadeOf)).to.deep.equal([
      0, 0, 0, 1, 10, 20, 20, 0,
    ]);
    expect([0, 4, 20].map(shadeColor)).to.deep.equal(['var(--heat-0)', 'var(--heat-1)', 'var(--heat-5)']);
    expect(shadeColor(1)).to.equal('color-mix(in oklab,var(--heat-1) 25%,var(--heat-0))');
  });
});
