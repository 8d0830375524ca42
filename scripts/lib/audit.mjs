import * as fs from 'node:fs';
import * as path from 'node:path';
import { root } from './repo.mjs';
import { run } from './run.mjs';

/** The page that explains findings which stay. */
const PAGE = 'docs/publishing.md';

/** Advisories of an answer of `npm audit --json`, each once. */
function advisoriesOf({ vulnerabilities }) {
  const found = Object.values(vulnerabilities).flatMap(({ via }) =>
    via.filter((each) => typeof each === 'object'),
  );
  return [...new Map(found.map((each) => [each.url, each])).values()];
}

/**
 * Asks the registry for advisories about the locked dependencies.
 * @param {string[]} args more words for `npm audit`, such as `--omit=dev`
 * @returns {Promise<{problem?: string, unanswered?: string}>} `problem` names the advisories that docs/publishing.md does not
 * explain; `unanswered` is why nothing is known, where the registry has no answer.
 */
export async function audit(args) {
  const { stdout, output } = await run('npm', ['audit', '--json', ...args], { cwd: root, quiet: true });
  const answer = stdout.trim().startsWith('{') ? JSON.parse(stdout) : {};
  if (answer.vulnerabilities === undefined) {
    return { unanswered: output.match(/^npm (?:warn|error) audit .*$/m)?.[0] ?? output.trim() };
  }
  const page = fs.readFileSync(path.join(root, PAGE), 'utf8');
  const unexplained = advisoriesOf(answer)
    .filter(({ url }) => !page.includes(url))
    .map(({ name, severity, title, url }) => `${name}: ${severity}: ${title} (${url})`);
  const advice = `Raise the dependency, or explain the address in ${PAGE}`;
  return unexplained.length === 0 ? {} : { problem: `${unexplained.join('\n')}\n${advice}` };
}
