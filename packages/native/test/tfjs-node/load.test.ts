import * as fs from 'node:fs';
import * as path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import type { Loaded } from '@tfjs-optimize/core';
import { repoRoot, runChild, tempFolder } from '@tfjs-optimize/testing';
import { loadTfjsNode } from '../../src/index.js';
import { findTfjsNode } from '../../src/tfjs-node/load.js';
import { failureOf } from '../support/failure.js';
import { needNode } from '../support/saved-model.js';

const CPU = '@tensorflow/tfjs-node';
const GPU = '@tensorflow/tfjs-node-gpu';

type Load = (name: string) => Promise<Loaded>;

/** Packages as they load; those that are not named are missing. */
const loading =
  (packages: Readonly<Record<string, unknown>>): Load =>
  (name) =>
    Promise.resolve(
      !(name in packages)
        ? { found: false, missing: true, cause: new Error(`Cannot find package '${name}'`) }
        : packages[name] instanceof Error
          ? { found: false, missing: false, cause: packages[name] }
          : { found: true, module: packages[name] },
    );

/** What is said of a package that throws this when it loads. */
const saidOf = (message: string, name = CPU): Promise<string> =>
  failureOf(() => findTfjsNode(loading({ [name]: new Error(message) })));

describe('loading tfjs-node', function () {
  this.timeout(120_000);

  it('says what to install where there is neither package', async () => {
    expect(await failureOf(() => findTfjsNode(loading({})))).to.equal(
      `native/missing TensorFlow: expected the package ${CPU} or ${GPU}, got neither of them installed. Run npm install ${CPU}.`,
    );
  });

  const faults: readonly (readonly [message: string, step: RegExp, command: string])[] = [
    [
      'The Node.js native addon module (tfjs_binding.node) can not be found at path: /x/tfjs_binding.node. \nPlease run …',
      /binding \(tfjs_binding\.node\) was neither downloaded nor built/,
      `npm rebuild ${CPU} --build-addon-from-source`,
    ],
    [
      'libtensorflow.so.2: cannot open shared object file: No such file or directory',
      /libtensorflow\) was not downloaded/,
      `npm explore ${CPU} -- node scripts/install.js cpu download`,
    ],
    [
      "dlopen(/x/tfjs_binding.node, 0x0001): Library not loaded: '@rpath/libtensorflow.2.dylib'",
      /libtensorflow\) was not downloaded/,
      `npm explore ${CPU} -- node scripts/install.js cpu download`,
    ],
    [
      '/x/tfjs_binding.node: undefined symbol: TFE_OpAddAttrs',
      /built for another TensorFlow/,
      `npm rebuild ${CPU} --build-addon-from-source`,
    ],
    [
      "/lib/libm.so.6: version `GLIBC_2.38' not found (required by /x/libtensorflow.so.2)",
      /built for another TensorFlow, Node or machine/,
      `npm rebuild ${CPU} --build-addon-from-source`,
    ],
    ["Cannot find module '@mapbox/node-pre-gyp'", /depends on was not installed/, 'npm install'],
    ['boom', /it threw \(boom\)/, `npm install ${CPU}`],
  ];
  for (const [message, step, command] of faults) {
    it(`tells the step and the command behind "${message.slice(0, 50)}"`, async () => {
      const said = await saidOf(message);
      expect(said).to.match(/^native\/missing @tensorflow\/tfjs-node: expected to be installed whole/);
      expect(said).to.match(step);
      expect(said.endsWith(` Run ${command}.`), said).to.equal(true);
    });
  }

  it('downloads for a GPU where the package is for one', async () => {
    const said = await saidOf('libtensorflow.so.2: cannot open shared object file', GPU);
    expect(said).to.include(`npm explore ${GPU} -- node scripts/install.js gpu download`);
  });

  it('takes the GPU package first, and the other one where that is broken', async () => {
    const gpu = { node: { loadSavedModel: () => Promise.reject(new Error('not called')) } };
    const cpu = { default: { node: { ...gpu.node } } };
    const isThere = tf.findBackendFactory('tensorflow') !== null;
    if (!isThere) tf.registerBackend('tensorflow', () => tf.findBackendFactory('cpu')());
    try {
      expect((await findTfjsNode(loading({ [GPU]: gpu, [CPU]: cpu }))).package).to.equal(GPU);
      expect((await findTfjsNode(loading({ [GPU]: gpu, [CPU]: cpu }), CPU)).node).to.equal(cpu.default.node);
      expect((await findTfjsNode(loading({ [GPU]: new Error('broken'), [CPU]: cpu }))).package).to.equal(CPU);
      expect(await failureOf(() => findTfjsNode(loading({ [CPU]: {} })))).to.match(
        /^native\/missing .*no tf\.node/,
      );
    } finally {
      await tf.setBackend('cpu');
      if (!isThere) tf.removeBackend('tensorflow');
    }
  });

  describe('as it is', () => {
    before(async function () {
      await needNode(this);
    });

    after(() => tf.setBackend('cpu'));

    it('gives tf.node and makes its backend the one in use', async () => {
      await tf.setBackend('cpu');
      const { node, package: name } = await loadTfjsNode();
      expect(node.loadSavedModel).to.be.a('function');
      expect([CPU, GPU]).to.include(name);
      expect(tf.getBackend()).to.equal('tensorflow');
      expect((await loadTfjsNode()).node).to.equal(node);
    });

    it('gives Node back what Node 23 removed, before the first op', async () => {
      const child = await runChild(path.join(__dirname, 'removed-child.ts'), [], {
        cwd: repoRoot(),
        nodeOptions: ['--conditions=@tfjs-optimize/source', '--require', 'ts-node/register'],
      });
      expect(child.stdout, child.stderr).to.equal('before undefined undefined\nafter 7\n');
    });

    it('recognizes the errors of the package itself where a part of it is gone', async () => {
      const whole = path.join(repoRoot(), 'node_modules', CPU);
      const binding = bindingBelow(whole);
      const noBinding = await errorOf(copyWithout(whole, [path.dirname(path.dirname(binding))]));
      expect(await saidOf(noBinding)).to.match(/neither downloaded nor built/);
      if (process.platform !== 'linux') return;
      const noLibrary = await errorOf(copyWithout(whole, ['deps']));
      expect(await saidOf(noLibrary)).to.match(/libtensorflow\) was not downloaded/);
      const broken = copyWithout(whole, []);
      fs.rmSync(path.join(broken, binding));
      fs.writeFileSync(path.join(broken, binding), 'not a library');
      expect(await saidOf(await errorOf(broken))).to.match(/built for another TensorFlow, Node or machine/);
    });
  });
});

/** The path of the binding below its package. */
function bindingBelow(folder: string): string {
  const found = fs
    .readdirSync(path.join(folder, 'lib'), { recursive: true, encoding: 'utf8' })
    .find((name) => name.endsWith('tfjs_binding.node'));
  return path.join('lib', found ?? 'not there');
}

/** A copy of tfjs-node without some of its parts, which finds all other packages. */
function copyWithout(whole: string, parts: readonly string[]): string {
  const modules = path.join(tempFolder('half'), 'node_modules');
  const copy = path.join(modules, CPU);
  fs.mkdirSync(copy, { recursive: true });
  for (const name of fs.readdirSync(whole)) {
    const [from, to] = [path.join(whole, name), path.join(copy, name)];
    if (parts.includes(name)) continue;
    if (name === 'deps') {
      fs.symlinkSync(from, to);
      continue;
    }
    const isKept = (source: string): boolean => !parts.includes(path.relative(whole, source));
    fs.cpSync(from, to, { recursive: true, filter: isKept });
  }
  return copy;
}

/** The message that a process ends with that loads a package. */
async function errorOf(folder: string): Promise<string> {
  const script = path.join(path.dirname(path.dirname(path.dirname(folder))), 'load.cjs');
  fs.writeFileSync(
    script,
    `try { require(${JSON.stringify(folder)}); } catch (error) { process.stdout.write(error.message); }`,
  );
  const env = { NODE_PATH: path.join(repoRoot(), 'node_modules') };
  const { stdout, stderr } = await runChild(script, [], { env });
  expect(stdout, stderr).not.to.equal('');
  return stdout;
}
