// Rules that the files of the repository keep and no linter knows of. Part of npm run lint.
import * as fs from 'node:fs';
import * as path from 'node:path';
import { Counts } from './lib/count.mjs';
import { linkProblems } from './lib/doc-links.mjs';
import { licenceProblems, licencesPage } from './lib/licences.mjs';
import { manifestProblems } from './lib/manifests.mjs';
import { pageOf, pageProblem } from './lib/page.mjs';
import { publicPackages, readJson, root } from './lib/repo.mjs';
import { readmeProblems } from './lib/readmes.mjs';
import { run } from './lib/run.mjs';
import { provenanceProblems } from './lib/weight-files.mjs';

const { code, stdout } = await run('git', ['ls-files', '-co', '--exclude-standard', '-z'], {
  cwd: root,
  quiet: true,
});
if (code !== 0) {
  throw new Error('git ls-files: expected a list of files. Run this inside a clone of the repository.');
}
const files = stdout.split('\0').filter((file) => file !== '' && fs.existsSync(path.join(root, file)));
const isText = (file) =>
  /\.(ts|mts|cts|mjs|cjs|js|json|md|yml|yaml|html)$|(^|\/)(\.ci\/run|\.npmrc|LICENSE)$/.test(file);
const texts = files
  .filter(isText)
  .map((file) => ({ file, text: fs.readFileSync(path.join(root, file), 'utf8') }));
const code_ = texts.filter(({ file }) => /\.(ts|mts|cts|mjs|cjs)$/.test(file));
const counts = new Counts();

/** Places where a pattern stands, as `file:line: text`. */
function places(among, pattern) {
  return among.flatMap(({ file, text }) =>
    text
      .split('\n')
      .map((line, at) => ({ line, at }))
      .filter(({ line }) => pattern.test(line))
      .map(({ line, at }) => `${file}:${at + 1}: ${line.trim().slice(0, 120)}`),
  );
}

function rule(name, problems) {
  counts.check(name, problems.length === 0 ? undefined : problems.join('\n'));
}

const lock = readJson(path.join(root, 'package-lock.json'));
const hosts = Object.entries(lock.packages).filter(([, { resolved }]) => /^https?:/.test(resolved ?? ''));
rule(
  'the lock file names no registry',
  hosts.map(([name, { resolved }]) => `${name}: ${resolved}`),
);

// Written in parts so that this file does not find itself.
const machinePath = new RegExp(
  `(^|[^A-Za-z0-9.])/(${['tmp', 'root', 'home', 'work', 'Users'].join('|')})/[a-z]`,
);
rule(
  'no path of a machine',
  places(
    texts.filter(({ file }) => file !== 'package-lock.json'),
    machinePath,
  ),
);

const exclusive = new RegExp(`\\b(it|describe|test|suite)\\.(${['only', 'skip'].join('|')})\\b`);
rule('no skipped or exclusive test', places(code_, exclusive));

const unfinished = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME'].join('|')})\\b|not ${'implemented'}`);
rule('nothing left for later', places(texts, unfinished));

const silenced = new RegExp(`@ts-${'ignore'}|@ts-${'nocheck'}|eslint-${'disable'}`);
rule('no silenced checker', places(code_, silenced));

const long = code_
  .filter(({ file }) => !/(^|\/)(test|bench|test-types|generated)\//.test(file))
  .map(({ file, text }) => ({ file, lines: text.split('\n').length - 1 }))
  .filter(({ lines }) => lines > 400);
rule(
  'no file over 400 lines',
  long.map(({ file, lines }) => `${file}: ${lines} lines`),
);

const large = files.filter((file) => fs.statSync(path.join(root, file)).size > 2 ** 20);
rule('no file over 1 MiB', large);

const license = fs.readFileSync(path.join(root, 'LICENSE'), 'utf8');
const badLicense = publicPackages()
  .map(({ folder }) => path.join(folder, 'LICENSE'))
  .filter((file) => !fs.existsSync(file) || fs.readFileSync(file, 'utf8') !== license);
rule(
  'every package has the licence',
  badLicense.map((file) => path.relative(root, file)),
);

const { version } = readJson(path.join(root, 'lerna.json'));
const badVersion = publicPackages().filter(({ manifest }) => manifest.version !== version);
rule(
  'every package has the version of lerna.json',
  badVersion.map(({ name, manifest }) => `${name}: ${manifest.version}`),
);

const tests = code_.filter(({ file }) => file.endsWith('.test.ts'));
const empty = tests.filter(({ text }) => !/\b(expect|assert|check)\w*\(/.test(text));
rule(
  'every test file asserts something',
  empty.map(({ file }) => file),
);

rule(
  'manifests say where packages come from, and siblings have their version',
  publicPackages().flatMap((each) => manifestProblems(each) ?? []),
);

rule(
  'READMEs of packages say how to install them, with peers, and their licence',
  publicPackages().flatMap(readmeProblems),
);

const pages = texts.filter(({ file }) => file.endsWith('.md'));
rule('links of documents lead somewhere', linkProblems(pages, files));

rule('weights and other made files are those of the list', provenanceProblems(files));

rule('licences of dependencies are allowed', licenceProblems());
const licences = pageProblem(await pageOf('docs/licences.md', licencesPage()), 'npm run docs:licences');
rule('the list of licences is of this lock file', licences === undefined ? [] : [licences]);

process.exitCode = counts.finish('tree');
