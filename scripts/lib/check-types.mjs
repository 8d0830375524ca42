// node check-types.mjs FILE ...: what TypeScript finds wrong in files of the present folder and in the types that our
// packages have in its node_modules, a line each. Other people's types are read and not checked, which is most of
// what `tsc` would do.
import * as fs from 'node:fs';
import * as path from 'node:path';
import ts from 'typescript';

const OURS = `${path.sep}node_modules${path.sep}@tfjs-optimize${path.sep}`;
const folder = process.cwd();
const files = process.argv.slice(2).map((file) => path.resolve(file));
const program = ts.createProgram(files, {
  noEmit: true,
  strict: true,
  exactOptionalPropertyTypes: true,
  module: ts.ModuleKind.NodeNext,
  target: ts.ScriptTarget.ES2022,
  // Types of Node.js come with all of TensorFlow.js, not with its core alone.
  types: fs.existsSync('node_modules/@types/node') ? ['node'] : [],
});
const checked = program.getSourceFiles().filter(({ fileName }) => {
  const place = path.normalize(fileName);
  return files.includes(place) || place.includes(OURS);
});
const found = [
  ...program.getOptionsDiagnostics(),
  ...program.getGlobalDiagnostics(),
  ...checked.flatMap((file) => [
    ...program.getSyntacticDiagnostics(file),
    ...program.getSemanticDiagnostics(file),
  ]),
];
process.stdout.write(
  ts.formatDiagnostics(found, {
    getCurrentDirectory: () => folder,
    getCanonicalFileName: (name) => name,
    getNewLine: () => '\n',
  }),
);
process.exitCode = found.length === 0 ? 0 : 1;
