import * as prettier from 'prettier';
import { EXIT, EXIT_MEANINGS, statusOf } from '@tfjs-optimize/cli';
import { ERROR_CODES, type ErrorCode } from '@tfjs-optimize/core';

const INTRODUCTION = `# Errors

<!-- Made by \`npm run docs:errors\` from ERROR_CODES and the exit statuses. Do not edit. -->

Everything that a user or a file can do wrong ends in an \`OptimizeError\`. Its \`code\` is one of those
below: codes are added to, never renamed, so that programs can rely on them. Its message reads
\`subject: expected X, got Y. Do Z.\`, without the last sentence where nothing more is to be said. An
error underneath, if there is one, is its \`cause\`.

\`\`\`ts
import { isOptimizeError, loadModel } from '@tfjs-optimize/core';

try {
  await loadModel('my-model');
} catch (error) {
  if (isOptimizeError(error) && error.code === 'io/not-found') {
    console.log(error.subject, 'is not there');
  } else {
    throw error;
  }
}
\`\`\`

Use \`isOptimizeError\`, not \`instanceof\`: a program can hold the CommonJS and the ES module copy of a
package at the same time, and with them two classes.
`;

/** The page docs/errors.md, formatted as prettier formats it. */
export async function errorsPage(configFile: string): Promise<string> {
  const codes = Object.keys(ERROR_CODES) as ErrorCode[];
  const page = [
    INTRODUCTION,
    '## Codes\n',
    '| code | meaning | exit status of the command line |',
    '| --- | --- | --- |',
    ...codes.map((code) => `| \`${code}\` | ${ERROR_CODES[code]} | ${statusOf(code)} |`),
    '\nThe command line has one more, `usage` (status 2), for words that it cannot read: an unknown option, a missing argument, a value of the wrong form.',
    '\n## Exit statuses of the command line\n',
    '| status | meaning |',
    '| --- | --- |',
    ...Object.entries(EXIT).map(
      ([name, status]) => `| ${status} | ${EXIT_MEANINGS[name as keyof typeof EXIT]} |`,
    ),
  ].join('\n');
  const style = await prettier.resolveConfig(configFile);
  return prettier.format(page, { ...style, parser: 'markdown' });
}
