/**
 * commander's messages in the form of all others, `subject: expected X, got Y. Do Z.` What it says beside the mistake
 * (`Did you mean …?`) is kept.
 */
export function usageText(message: string): string {
  const [first = '', ...more] = message
    .replace(/^error: /, '')
    .trim()
    .split('\n');
  const hint = more.join(' ').replace(/^\(|\)$/g, '');
  const found = FORMS.flatMap(([form, say]) => {
    const match = form.exec(first);
    return match === null ? [] : [say(...(match.slice(1) as [string, string, string]))];
  });
  return [found[0] ?? sentence(first), hint === '' ? 'Add --help for what there is.' : hint].join(' ');
}

type Form = readonly [RegExp, (a: string, b: string, c: string) => string];

const FORMS: readonly Form[] = [
  [/^unknown option '(.*)'$/, (option) => `${option}: expected an option of this command, got another.`],
  [/^unknown command '(.*)'$/, (command) => `${command}: expected the name of a command, got another.`],
  [/^missing required argument '(.*)'$/, (argument) => `<${argument}>: expected one, got none.`],
  [
    /^required option '(.*)' not specified$/,
    (flags) => `${longOf(flags)}: expected a ${valueOf(flags)}, got none.`,
  ],
  [
    /^option '(.*)' argument missing$/,
    (flags) => `${longOf(flags)}: expected a ${valueOf(flags)}, got none.`,
  ],
  [
    /^option '(.*?)' argument '(.*)' is invalid\. (.*)$/,
    (flags, value, why) => `${longOf(flags)}: expected ${wanted(why)}, got '${value}'.`,
  ],
  [
    /^command-argument value '(.*)' is invalid for argument '(.*?)'\. (.*)$/,
    (value, argument, why) => `<${argument}>: expected ${wanted(why)}, got '${value}'.`,
  ],
  [
    /^option '(.*?)' cannot be used with option '(.*?)'$/,
    (flags, others) =>
      `${longOf(flags)}: expected to be without ${longOf(others)}, got both. Leave one of them out.`,
  ],
  [
    /^too many arguments(?: for '(.*?)')?\. Expected (\d+) arguments? but got (\d+)/,
    (command, most, got) =>
      `${command}: expected ${most === '1' ? '1 argument' : `${most} arguments`}, got ${got}.`,
  ],
];

/** `-o, --out <folder>` → `--out`. */
function longOf(flags: string): string {
  return /--[\w-]+/.exec(flags)?.[0] ?? flags;
}

/** `-o, --out <folder>` → `folder`. */
function valueOf(flags: string): string {
  return /<(.*?)>/.exec(flags)?.[1] ?? 'value';
}

/** `It must be a number.` → `a number`. */
function wanted(why: string): string {
  return why
    .replace(/^It must (be )?/, '')
    .replace(/^Allowed choices are /, 'one of ')
    .replace(/\.$/, '');
}

function sentence(text: string): string {
  return /[.?!]$/.test(text) ? text : `${text}.`;
}
