import { REFUSED } from '../../src/trace/kernels/refused.js';
import { KERNELS } from '../../src/trace/kernels/table.js';
import { LAYER_CASES, type LayerCase } from './layer-cases/index.js';

const HEAD = `# Layers and kernels that can be traced

Written by the tests of \`packages/core/test/trace\`, which try every row: run them with
\`UPDATE_DOCS=1\` to write this page again. "Traced" means that the graph's results equal those of the
layer bit for bit, on the same backend, at sizes that no trace saw.

Dropout, noise and regularization do nothing in inference and leave no nodes. Users' own layers are
traced through the kernels they call. Recurrent layers are unrolled: their length must be fixed, the
batch need not be.
`;

function outcome({ refused, why, onlyOn }: LayerCase): string {
  if (refused !== undefined) return `refused (\`${refused}\`): ${why ?? ''}`;
  return onlyOn === undefined
    ? 'traced'
    : `traced; TensorFlow.js has its kernels on ${onlyOn} only, not on wasm`;
}

function layerRows(): string[] {
  return LAYER_CASES.map((row) => `| \`${row.layer}\` | ${row.use ?? ''} | ${outcome(row)} |`).sort();
}

function refusedRows(): string[] {
  return Object.entries(REFUSED)
    .map(([kernel, { code, got }]) => `| \`${kernel}\` | \`${code}\` | ${got} |`)
    .sort();
}

/** The page \`docs/supported-layers.md\`. */
export function supportedLayersPage(): string {
  const kernels = Object.keys(KERNELS)
    .sort()
    .map((name) => `\`${name}\``);
  return [
    HEAD,
    '## Layers of `tf.layers`\n',
    '| Layer | Use | Outcome |\n| --- | --- | --- |',
    ...layerRows(),
    '\n## Kernels that are traced\n',
    `${kernels.join(', ')}.`,
    '\n## Kernels that are refused\n',
    '| Kernel | Code | Reason |\n| --- | --- | --- |',
    ...refusedRows(),
    '',
  ].join('\n');
}
