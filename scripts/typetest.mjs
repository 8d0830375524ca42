// npm run typetest: compiles packages/*/test-types/*.ts against the sources, which npm run lint checks. What must
// compile stands there as it is; what must not stands below a `@ts-expect-error` with its reason, which fails when it
// compiles.
import { main, setUp } from './lib/set-up.mjs';
import * as fs from 'node:fs';
import * as path from 'node:path';
import ts from 'typescript';
import { Counts } from './lib/count.mjs';
import { inLane } from './lib/lanes.mjs';
import { packages, relative, root, walk } from './lib/repo.mjs';

const format = {
  getCurrentDirectory: () => root,
  getCanonicalFileName: (name) => name,
  getNewLine: () => '\n',
};

/** What TypeScript finds wrong in each file, a line each, with what is wrong with the settings. */
function errorsByFile(files) {
  const host = {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: (error) => {
      throw new Error(ts.formatDiagnostic(error, format));
    },
  };
  const config = ts.getParsedCommandLineOfConfigFile(path.join(root, 'tsconfig.typetest.json'), {}, host);
  const program = ts.createProgram(config.fileNames, config.options);
  return new Map(
    files.map((file) => {
      const found = ts.getPreEmitDiagnostics(program, program.getSourceFile(file));
      return [file, [...config.errors, ...found].map((error) => ts.formatDiagnostic(error, format).trim())];
    }),
  );
}

await main(async () => {
  await setUp();
  const counts = new Counts();
  const files = packages().flatMap(({ folder }) =>
    walk(path.join(folder, 'test-types'), (file) => file.endsWith('.ts')),
  );
  const errorsOf = await inLane({ title: 'type tests', seconds: 25 }, () => errorsByFile(files));
  for (const file of files) {
    const own = errorsOf.get(file);
    const refusals = fs.readFileSync(file, 'utf8').split('@ts-expect-error').length - 1;
    const none = refusals === 0 ? ['expected at least one @ts-expect-error, got none'] : [];
    const problems = [...own, ...none];
    counts.check(
      `${relative(file)} (${refusals} refusals)`,
      problems.length === 0 ? undefined : problems.join('\n'),
    );
  }
  return counts.finish('type tests');
});
