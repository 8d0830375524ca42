import * as fs from 'node:fs';
import { builtinModules } from 'node:module';
import * as path from 'node:path';
import ts from 'typescript';

/** Every path that a manifest points to: main, types, bin and all conditions of exports. */
function pointedAt({ main, module, types, bin, exports }) {
  const paths = (value) =>
    typeof value === 'string' ? [value] : Object.values(value ?? {}).flatMap((inner) => paths(inner));
  return [main, module, types, ...paths(bin), ...paths(exports)]
    .filter((each) => each !== undefined)
    .map((each) => each.replace(/^\.\//, ''));
}

/** What is wrong with the list of files in a tarball, in words; undefined when nothing is. */
export function contentProblems({ manifest, isPrivate }, files) {
  const missing = ['README.md', 'LICENSE', 'package.json', 'dist/esm/package.json', ...pointedAt(manifest)]
    .filter((file) => !files.includes(file))
    .map((file) => `expected ${file} in the tarball, got nothing`);
  const unwanted = files
    .filter((file) =>
      /(^|\/)(test|test-types|bench|fixtures|node_modules)\/|\.test\.|tsbuildinfo|tsconfig/.test(file),
    )
    .map((file) => `expected no ${file} in the tarball`);
  const stale = files
    .filter((file) => /^dist\/(cjs|esm)\/.*\.m?js$/.test(file))
    .filter((file) => !files.includes(file.replace(/^dist\/(cjs|esm)/, 'src').replace(/\.(m?)js$/, '.$1ts')))
    .map((file) => `expected a source for ${file}, got none`);
  // The whole of TensorFlow.js, or those parts of it that a package needs.
  const ranges = Object.entries({ ...manifest.dependencies, ...manifest.peerDependencies }).filter(([name]) =>
    /^@tensorflow\/tfjs(-core|-converter)?$/.test(name),
  );
  const bounded =
    ranges.length > 0 && ranges.every(([, range]) => range === '>=4.20.0 <5')
      ? []
      : [`expected @tensorflow/tfjs >=4.20.0 <5, got ${JSON.stringify(Object.fromEntries(ranges))}`];
  const fields = ['description', 'license', 'engines', 'sideEffects', 'exports', 'types']
    .filter((field) => manifest[field] === undefined)
    .map((field) => `expected a field ${field} in package.json, got none`);
  const problems = [
    ...missing,
    ...unwanted,
    ...stale,
    ...bounded,
    ...fields,
    ...(isPrivate ? ['is private'] : []),
  ];
  return problems.length === 0 ? undefined : problems.join('\n');
}

/** `@scope/name/part` → `@scope/name`. */
function packageOf(specifier) {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** Imports of packages that the manifest does not declare, in words; undefined when there are none. */
export function importProblems({ folder, manifest }, files) {
  const { name, dependencies, peerDependencies } = manifest;
  const declared = new Set([name, ...Object.keys({ ...dependencies, ...peerDependencies })]);
  const isBuiltin = (specifier) => specifier.startsWith('node:') || builtinModules.includes(specifier);
  const problems = new Set();
  for (const file of files.filter((each) => /^dist\/.*\.(m?js|d\.m?ts)$/.test(each))) {
    const text = fs.readFileSync(path.join(folder, file), 'utf8');
    for (const { fileName } of ts.preProcessFile(text, true, true).importedFiles) {
      if (!fileName.startsWith('.') && !isBuiltin(fileName) && !declared.has(packageOf(fileName))) {
        problems.add(`${file}: expected ${fileName} to be declared in package.json`);
      }
    }
    if (manifest.bin === undefined && /^dist\/esm\/.*\.m?js$/.test(file)) {
      // A static import of a built-in module keeps a package from being bundled for browsers.
      for (const [line] of text.matchAll(/^import [^;]*from ['"]node:[^;]*/gm)) {
        problems.add(`${file}: expected built-in modules by dynamic import only, got ${line}`);
      }
    }
  }
  return problems.size === 0 ? undefined : [...problems].join('\n');
}
