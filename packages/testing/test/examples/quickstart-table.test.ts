import { expect } from 'chai';
import { comparisonTable, type Measured } from '../../../../examples/quickstart/table.js';

const measured = (scale: number, accuracy: number): Measured => ({
  accuracy,
  latency: { p50: 2 * scale, p95: 2.5 * scale, n: 300 },
  cost: {
    fileBytes: 100_000 * scale,
    parameters: 20_000,
    flops: 1e6,
    nodes: ['Placeholder', ...Array.from({ length: 10 * scale }, () => 'Conv2D')].map(
      (op) => ({ op }) as Measured['cost']['nodes'][number],
    ),
  },
});

describe('quickstart: the table', () => {
  it('shows both models side by side, with what changed', () => {
    const between = { speedup: { value: 2, low: 1.9, high: 2.1 }, difference: 1.25e-6, digits: 2000 };
    const lines = comparisonTable(measured(1, 0.989), measured(0.5, 0.988), between).split('\n');
    const line = (name: string) =>
      lines
        .find((each) => each.trimStart().startsWith(name))
        ?.trim()
        .replace(/ {2,}/g, ' | ');
    expect(line('size on disk')).to.equal('size on disk | 100.0 kB | 50.0 kB | -50.0 %');
    expect(line('parameters')).to.equal('parameters | 20,000 | 20,000 | the same');
    expect(line('operations')).to.equal('operations | 10 | 5 | -50.0 %');
    expect(line('FLOPs')).to.equal('FLOPs for one digit | 1,000,000 | 1,000,000 | the same');
    expect(line('accuracy')).to.equal('accuracy on 2,000 held-out digits | 98.90 % | 98.80 % | -0.1 %');
    expect(line('largest')).to.equal('largest difference of a probability | 1.3e-6 | rounding of float32');
    expect(line('latency, median')).to.equal(
      'latency, median | 2.000 ms | 1.000 ms | 2.00x faster (95 %: 1.90-2.10)',
    );
    expect(line('latency, 95th')).to.equal(
      'latency, 95th percentile | 2.500 ms | 1.250 ms | 300 rounds each',
    );
    expect(new Set(lines.slice(1).map((each) => each.indexOf('98.90 %'))).size).to.equal(2);
  });

  const tableFor = (value: number, low: number, high: number): string =>
    comparisonTable(measured(1, 0.5), measured(1, 0.5), {
      speedup: { value, low, high },
      difference: 0,
      digits: 10,
    });

  it('says how much faster, slower, or that it cannot be told', () => {
    expect(tableFor(1.5, 1.45, 1.55)).to.include('1.50x faster (95 %: 1.45-1.55)');
    expect(tableFor(0.5, 0.49, 0.51)).to.include('2.00x slower (95 %: 1.96-2.04)');
    expect(tableFor(1.01, 0.98, 1.03)).to.include('no clear difference: 1.01x as fast');
  });

  it('explains a wide interval, and only that', () => {
    const wide = 'wide interval: other work on this machine, or a short run';
    expect(tableFor(1.5, 1.2, 1.8)).to.include(wide);
    expect(tableFor(1.5, 1.45, 1.55)).not.to.include(wide);
  });
});
