import type { Problem } from '@tfjs-optimize/core';

/** The packages that bring TensorFlow to Node. */
export type PackageName = '@tensorflow/tfjs-node-gpu' | '@tensorflow/tfjs-node';

/** The better one first. */
export const PACKAGES = [
  '@tensorflow/tfjs-node-gpu',
  '@tensorflow/tfjs-node',
] as const satisfies PackageName[];

/** A way of being half-installed: how it is told from others, which step failed, and what to run. */
interface Fault {
  readonly told: (message: string) => boolean;
  readonly step: string;
  readonly command: (name: PackageName) => string;
}

const saying =
  (pattern: RegExp) =>
  (message: string): boolean =>
    pattern.test(message);

/** Builds the binding for this Node and this TensorFlow, whatever was downloaded before. */
const build = (name: PackageName): string => `npm rebuild ${name} --build-addon-from-source`;

/** The first that fits counts. */
const FAULTS: readonly Fault[] = [
  {
    told: saying(/tfjs_binding\.node\) can not be found|Cannot find module '[^']*tfjs_binding\.node'/),
    step: 'its binding (tfjs_binding.node) was neither downloaded nor built',
    command: build,
  },
  {
    // Linux, macOS, and Windows, which does not say which library it misses.
    told: saying(
      /tensorflow[^:]*: cannot open shared object|Library not loaded:.*tensorflow|specified module could not be found/i,
    ),
    step: 'the library of TensorFlow (libtensorflow) was not downloaded',
    command: (name) =>
      `npm explore ${name} -- node scripts/install.js ${name.endsWith('gpu') ? 'gpu' : 'cpu'} download`,
  },
  {
    told: saying(
      /undefined symbol|symbol not found|version [`'].*' not found|NODE_MODULE_VERSION|invalid ELF header|file too short|not a valid Win32|incompatible architecture|wrong architecture|procedure could not be found/i,
    ),
    step: 'its binding was built for another TensorFlow, Node or machine',
    command: build,
  },
  {
    told: saying(/Cannot find (module|package) '/),
    step: 'a package that it depends on was not installed',
    command: () => 'npm install',
  },
];

/** What to tell of a package that is there and does not load. */
export function faultOf(name: PackageName, cause: unknown): Problem {
  const message = cause instanceof Error ? cause.message : String(cause);
  const line = message.split('\n')[0] ?? message;
  const fault = FAULTS.find(({ told }) => told(message));
  return {
    subject: name,
    expected: 'to be installed whole',
    got: `a package that does not load: ${fault?.step ?? 'it threw'} (${line})`,
    advice: `Run ${fault?.command(name) ?? `npm install ${name}`}`,
    cause,
  };
}
