import type { ChildProcess } from 'node:child_process';
import {
  builtIn,
  ERROR_CODES,
  fail,
  fileBeside,
  OptimizeError,
  throwIfAborted,
  type ErrorCode,
} from '@tfjs-optimize/core';
import type { Calls, Method, Response } from './wire.js';

/** Options of {@link startChild}. */
export interface ChildOptions {
  /** Time in ms after which a child that does not answer counts as hanging. */
  readonly answerMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Variables of its environment besides those of this process. */
  readonly env?: Readonly<Record<string, string>> | undefined;
}

/** A process of its own that answers one question after the other. */
export interface Child {
  /**
   * @throws `compare/child` when the process has ended, ends or hangs before it answers, or fails without a
   *   code; the code that it failed with; `aborted`.
   */
  ask<M extends Method>(method: M, ask: Calls[M]['ask']): Promise<Calls[M]['answer']>;
  /** Ends the process, whatever it does, and waits until it is gone. */
  end(): Promise<void>;
}

/** Starts a child. It lives until {@link Child.end}, or until this process ends. */
export async function startChild(name: string, { answerMs, signal, env }: ChildOptions): Promise<Child> {
  const subject = `process of candidate '${name}'`;
  const { fork } = await builtIn('child_process');
  const { file, execArgv } = await childFile();
  throwIfAborted(signal, subject);
  const child = fork(file, [], {
    execArgv,
    env: { ...process.env, ...env },
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const ended = endOf(child);
  const kill = (): void => void child.kill('SIGKILL');
  signal?.addEventListener('abort', kill);
  process.on('exit', kill);
  let id = 0;
  return {
    async ask(method, ask) {
      const response = await answerOf(child, { id: ++id, method, ask }, answerMs, ended);
      throwIfAborted(signal, subject);
      if ('answer' in response) return response.answer as never;
      if ('error' in response) return failAs(subject, response.error);
      return fail('compare/child', {
        subject,
        expected: `an answer to '${method}'`,
        got: 'ended' in response ? response.ended : `none within ${answerMs / 1000} s`,
        ...('ended' in response ? {} : { advice: 'Give it longer with answerMs if it is not hanging' }),
      });
    },
    async end() {
      signal?.removeEventListener('abort', kill);
      process.off('exit', kill);
      kill();
      await ended;
    },
  };
}

/** What a child came to, in words, when it has ended. */
function endOf(child: ChildProcess): Promise<string> {
  let complaint = '';
  child.stderr
    ?.setEncoding('utf8')
    .on('data', (text: string) => (complaint = (complaint + text).slice(-4000)));
  return new Promise((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code, signal) => {
      const how = signal === null ? `exit status ${code}` : `signal ${signal}`;
      const said = /^\w*Error\b.*$/m.exec(complaint)?.[0] ?? complaint.trim().split('\n').at(-1);
      resolve(`the end of the process with ${how}${said ? ` (${said})` : ''}`);
    });
  });
}

type Outcome = Response | { readonly ended: string } | { readonly late: true };

/** The first of: the answer, the end of the process, the end of patience. */
async function answerOf(
  child: ChildProcess,
  request: { readonly id: number; readonly method: Method; readonly ask: unknown },
  answerMs: number,
  ended: Promise<string>,
): Promise<Outcome> {
  let timer: NodeJS.Timeout | undefined;
  let hear: ((message: unknown) => void) | undefined;
  try {
    return await Promise.race([
      ended.then((text) => ({ ended: text })),
      new Promise<Outcome>((resolve) => {
        timer = setTimeout(() => resolve({ late: true }), answerMs);
        hear = (message) => {
          if ((message as Response).id === request.id) resolve(message as Response);
        };
        child.on('message', hear);
        // A message to a process that has ended is an error, which its end tells better.
        if (child.connected) child.send(request, () => {});
      }),
    ]);
  } finally {
    clearTimeout(timer);
    if (hear !== undefined) child.off('message', hear);
  }
}

function failAs(subject: string, error: { code?: string; subject?: string; message: string }): never {
  if (error.code === undefined || !(error.code in ERROR_CODES)) {
    fail('compare/child', { subject, expected: 'to run its candidate', got: error.message });
  }
  const own = new OptimizeError(error.code as ErrorCode, {
    subject: error.subject ?? subject,
    expected: '',
    got: '',
  });
  own.message = error.message;
  throw own;
}

/** The file that children run, beside this one, and the options that it needs. */
async function childFile(): Promise<{ file: string; execArgv: string[] }> {
  const path = await builtIn('path');
  const fs = await builtIn('fs');
  const file = await fileBeside('child');
  if (!fs.existsSync(file)) {
    fail('argument/invalid', {
      subject: 'isolate',
      expected: `the file ${path.basename(file)} of @tfjs-optimize/benchmark in ${path.dirname(file)}`,
      got: 'none',
      advice: 'Keep this package out of bundles, or do without isolate',
    });
  }
  // As this process was started, but for what belongs to its own script and to its debugger.
  const inherited = process.execArgv.filter((arg, i, all) => {
    const isValue = /^(-e|--eval|-p|--print|-pe)$/.test(all[i - 1] ?? '');
    return (
      !isValue && !/^(-e|--eval|-p|--print|-pe|--inspect.*|--input-type.*|--test.*|--watch.*)$/.test(arg)
    );
  });
  if (!file.endsWith('.ts') || inherited.some((arg) => arg.includes('ts-node')))
    return { file, execArgv: inherited };
  // Sources, run by a ts-node that was registered by other means than Node's options.
  const { createRequire } = await builtIn('module');
  return { file, execArgv: [...inherited, '--require', createRequire(file).resolve('ts-node/register')] };
}
