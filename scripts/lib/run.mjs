import { spawn } from 'node:child_process';

/**
 * Runs a command to its end. Output is shown as it comes, or collected when `quiet`.
 * @returns {Promise<{code: number, output: string, stdout: string}>} `code` is 1 for a signal.
 */
export function run(command, args, { cwd, env, quiet = false, stdin = 'ignore' } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: quiet ? [stdin, 'pipe', 'pipe'] : [stdin, 'inherit', 'inherit'],
      shell: process.platform === 'win32' && command === 'npm',
    });
    const all = [];
    const out = [];
    child.stdout?.on('data', (chunk) => {
      all.push(chunk);
      out.push(chunk);
    });
    child.stderr?.on('data', (chunk) => all.push(chunk));
    child.on('error', reject);
    child.on('close', (code) =>
      resolve({
        code: code ?? 1,
        output: Buffer.concat(all).toString('utf8'),
        stdout: Buffer.concat(out).toString('utf8'),
      }),
    );
  });
}

/** Runs this Node.js. */
export function node(args, options) {
  return run(process.execPath, args, options);
}

/** Seconds since a performance.now(), for progress lines. */
export function seconds(since) {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}
