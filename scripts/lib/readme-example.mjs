import * as fs from 'node:fs';
import * as path from 'node:path';
import ts from 'typescript';

/** The code blocks below a heading of the second level of a README, in one of the languages. */
function blocksBelow(readme, heading, languages) {
  if (!fs.existsSync(readme)) {
    return [];
  }
  const [, below = ''] = fs.readFileSync(readme, 'utf8').split(new RegExp(`^## ${heading}\\s*$`, 'm'));
  const [section] = below.split(/^## /m);
  return [...section.matchAll(/^```(\w+)\n([\s\S]*?)^```/gm)]
    .filter(([, language]) => languages.includes(language))
    .map(([, , text]) => text);
}

/** The program below "## Use": its code blocks in TypeScript or JavaScript, one after the other. */
export function exampleOf(readme) {
  const blocks = blocksBelow(readme, 'Use', ['ts', 'js']);
  return blocks.length === 0 ? undefined : blocks.join('\n');
}

/** The program below "## In a page", or that below "## Use" where it runs in pages as it is, as JavaScript. */
export function pageExampleOf(readme) {
  const blocks = blocksBelow(readme, 'In a page', ['ts', 'js']);
  const text = blocks.length === 0 ? exampleOf(readme) : blocks.join('\n');
  const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
  return text === undefined ? undefined : ts.transpileModule(text, { compilerOptions }).outputText;
}

/** The commands below "## Use" that run this package's own binary: the words after `npx`. */
export function commandsOf(readme) {
  return blocksBelow(readme, 'Use', ['sh', 'bash'])
    .flatMap((block) => block.replace(/\\\n/g, ' ').split('\n'))
    .filter((line) => line.startsWith('npx '))
    .map((line) =>
      line
        .replace(/\s+#.*$/, '')
        .trim()
        .split(/\s+/)
        .slice(1),
    );
}

/** CommonJS has no top-level await: everything below the imports goes into a function, whose failure ends the process. */
function asCommonJs(text) {
  const { statements } = ts.createSourceFile('example.ts', text, ts.ScriptTarget.ES2022, true);
  const textOf = (wanted) =>
    statements
      .filter(wanted)
      .map((each) => each.getFullText())
      .join('');
  return `${textOf(ts.isImportDeclaration)}
async function main(): Promise<void> {
${textOf((each) => !ts.isImportDeclaration(each))}
}
void main();
`;
}

/** Writes an example as TypeScript and as the JavaScript that it compiles to. */
export function writeExample(text, folder, format) {
  const isCommonJs = format === 'cjs';
  const source = isCommonJs ? asCommonJs(text) : `${text}\nexport {};\n`;
  const typescript = path.join(folder, isCommonJs ? 'example.cts' : 'example.mts');
  const script = path.join(folder, isCommonJs ? 'example.cjs' : 'example.mjs');
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: isCommonJs ? ts.ModuleKind.CommonJS : ts.ModuleKind.ESNext,
      esModuleInterop: true,
    },
  });
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(typescript, source);
  fs.writeFileSync(script, outputText);
  return { typescript, script };
}
