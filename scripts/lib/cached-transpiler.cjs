'use strict';
/*
 * What ts-node compiles with (see `ts-node` in tsconfig.base.json): TypeScript's own transpileModule, whose
 * output is kept on disk, one entry a file. The tests start dozens of processes, each of which would compile
 * the same sources for seconds.
 */
const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const ts = require('typescript');

const folder = path.join(__dirname, '../../node_modules/.cache/tfjs-optimize/transpiled');

const hashOf = (...parts) => crypto.createHash('sha256').update(parts.join('\0')).digest('hex');
const entryOf = (fileName, isEsm) => path.join(folder, `${hashOf(fileName, String(isEsm))}.json`);

function read(file, hash) {
  try {
    const entry = JSON.parse(fs.readFileSync(file, 'utf8'));
    return entry.hash === hash ? entry.output : undefined;
  } catch {
    return undefined; // not there yet, or half of another process' write: compile
  }
}

function write(file, hash, output) {
  const temporary = `${file}.${process.pid}`;
  try {
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(temporary, JSON.stringify({ hash, output }));
    fs.renameSync(temporary, file);
  } catch {
    fs.rmSync(temporary, { force: true }); // a cache that cannot be written costs time, nothing else
  }
}

exports.create = ({ service: { config }, nodeModuleEmitKind }) => {
  const isEsm = nodeModuleEmitKind === 'nodeesm';
  const esm = { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler };
  const compilerOptions = isEsm ? { ...config.options, ...esm } : config.options;
  const settings = JSON.stringify([ts.version, compilerOptions]);
  return {
    transpile(input, { fileName }) {
      const file = entryOf(fileName, isEsm);
      const hash = hashOf(settings, input);
      const kept = read(file, hash);
      if (kept !== undefined) {
        return kept;
      }
      const { outputText, sourceMapText, diagnostics } = ts.transpileModule(input, {
        fileName,
        compilerOptions,
        reportDiagnostics: true,
      });
      if (diagnostics.length === 0) {
        write(file, hash, { outputText, sourceMapText });
      }
      return { outputText, sourceMapText, diagnostics };
    },
  };
};

/** What a file was last compiled to as CommonJS; undefined when it never was. */
exports.lastOutputOf = (fileName) => {
  try {
    return JSON.parse(fs.readFileSync(entryOf(fileName, false), 'utf8')).output;
  } catch {
    return undefined;
  }
};
