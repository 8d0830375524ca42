import { spawn } from 'node:child_process';
import * as path from 'node:path';
import { repoRoot } from './shared.js';

/** The result of {@link runChild}. */
export interface ChildResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How to start a child process. */
export interface ChildOptions {
  readonly cwd?: string;
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  readonly nodeOptions?: readonly string[];
}

/** Options of Node.js for a process of our own sources, so that `npm test -- --coverage` counts what it runs. */
export function coverageOptions(): string[] {
  return process.env['TFJS_OPTIMIZE_COVERAGE'] === undefined
    ? []
    : ['--require', path.join(repoRoot(), 'scripts/lib/coverage.cjs')];
}

/** Runs a script with this Node in a process of its own and collects what it prints; never rejects for its exit code. */
export function runChild(
  script: string,
  args: readonly string[] = [],
  options: ChildOptions = {},
): Promise<ChildResult> {
  const child = spawn(process.execPath, [...(options.nodeOptions ?? []), script, ...args], {
    cwd: options.cwd,
    env: { ...process.env, NODE_OPTIONS: '', ...options.env },
    timeout: options.timeoutMs ?? 300_000,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  child.stdin.on('error', () => undefined); // the child may end before it has read everything
  child.stdin.end(options.stdin ?? '');
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const text = (chunks: readonly Buffer[]): string => Buffer.concat(chunks).toString('utf8');
      resolve({ code, signal, stdout: text(stdout), stderr: text(stderr) });
    });
  });
}
