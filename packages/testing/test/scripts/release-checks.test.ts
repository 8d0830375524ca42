import { expect } from 'chai';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { pathToFileURL } from 'node:url';
import { repoRoot } from '@tfjs-optimize/testing';

interface Package {
  readonly name: string;
  readonly short: string;
  readonly folder: string;
  readonly manifest: Readonly<Record<string, unknown>>;
}
interface Dependency {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  readonly users: readonly string[];
}

/** A module of scripts/lib, typed by who asks for it. */
const load = async <T>(name: string): Promise<T> =>
  (await import(pathToFileURL(path.join(repoRoot(), 'scripts/lib', name)).href)) as T;

async function core(): Promise<Package> {
  const { publicPackages } = await load<{ publicPackages(): Package[] }>('repo.mjs');
  return publicPackages().find(({ short }) => short === 'core') as Package;
}

describe('checks before a release', () => {
  it('find links of documents that lead nowhere, and no others', async () => {
    const { linkProblems } = await load<{
      linkProblems(pages: object[], files: readonly string[]): string[];
    }>('doc-links.mjs');
    const text = [
      '# A `code` heading, twice',
      '## Same',
      '## Same',
      '[a](#a-code-heading-twice) [b](#same-1) [c](../README.md#top) [d](../docs) [e](https://example.com/x#y)',
      '`[not](a-link.md)`',
      '[f](#same-2) [g](gone.md) [h](http://example.com) [i](../README.md#gone) <a href="no.html">j</a>',
    ].join('\n\n');
    const pages = [
      { file: 'README.md', text: '# Top' },
      { file: 'docs/page.md', text },
    ];
    const problems = linkProblems(
      pages,
      pages.map(({ file }) => file),
    );
    expect(problems.map((each) => each.split(': ').slice(0, 2).join(': '))).to.deep.equal(
      ['#same-2', 'gone.md', 'http://example.com', '../README.md#gone', 'no.html'].map(
        (link) => `docs/page.md:11: ${link}`,
      ),
    );
  });

  it('find manifests that name another place or another version', async () => {
    const { manifestProblems } = await load<{
      manifestProblems(each: Package, manifest?: object): string | undefined;
    }>('manifests.mjs');
    const each = await core();
    expect(manifestProblems(each)).to.equal(undefined);
    const wrong = {
      ...{ ...each.manifest, bugs: 'elsewhere', types: undefined, scripts: {} },
      ...{ publishConfig: { access: 'restricted' }, dependencies: { '@tfjs-optimize/runtime': '^9.0.0' } },
      peerDependencies: { '@tfjs-optimize/testing': `^${String(each.manifest['version'])}` },
    };
    const words = manifestProblems(each, wrong) ?? '';
    for (const field of [
      'bugs',
      'types',
      'prepack',
      'publishConfig',
      'runtime: expected',
      'testing: expected',
    ])
      expect(words).to.contain(field);
    expect(words.split('\n')).to.have.length(6);
  });

  it('find READMEs without a peer in the line that installs, or without a licence', async () => {
    const { readmeProblems } = await load<{ readmeProblems(each: Package): string[] }>('readmes.mjs');
    const each = await core();
    expect(readmeProblems(each)).to.deep.equal([]);
    const manifest = { ...each.manifest, license: 'MIT', peerDependencies: { 'left-pad': '1' } };
    const problems = readmeProblems({ ...each, manifest });
    expect(problems).to.have.length(2);
    expect(problems.join()).to.contain('left-pad').and.to.contain('licence');
  });

  it('find licences that are not allowed, in trees that hold what packages need', async () => {
    const { dependencies, licenceProblems } = await load<{
      dependencies(): Dependency[];
      licenceProblems(all?: readonly Dependency[]): string[];
    }>('licences.mjs');
    const all = dependencies();
    const named = (name: string) => all.filter((each) => each.name === name);
    expect(named('valibot')[0]?.users).to.include('core').and.to.include('cli').and.not.to.include('runtime');
    expect(named('node-fetch')[0]?.users).to.include('runtime');
    expect(named('@tensorflow/tfjs-node')).to.deep.equal([]);
    expect(licenceProblems()).to.deep.equal([]);
    const [first] = all as [Dependency];
    const changed = ['none', 'GPL-3.0', 'MIT AND GPL-3.0', 'MIT AND ISC'];
    const problems = licenceProblems(changed.map((licence) => ({ ...first, licence })));
    expect(problems).to.have.length(3);
  });

  it('find weights that no page tells of, changed ones, and rows of files that are gone', async () => {
    const { PAGE, provenanceProblems } = await load<{
      readonly PAGE: string;
      provenanceProblems(files: readonly string[]): string[];
    }>('weight-files.mjs');
    const weights = 'examples/quickstart/model/group1-shard1of1.bin';
    expect(provenanceProblems([weights, 'README.md'])).to.deep.equal([]);
    expect(provenanceProblems(['README.md']).join()).to.contain(`${weights}: listed in ${PAGE}`);
    const binary = 'node_modules/@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm';
    expect(fs.existsSync(path.join(repoRoot(), binary))).to.equal(true);
    expect(provenanceProblems([weights, binary]).join()).to.contain(`${binary}: expected a row in ${PAGE}`);
  });
});
