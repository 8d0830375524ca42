import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, readdir, truncate, writeFile } from 'node:fs/promises';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { coverageOptions, withTempFolder } from '@tfjs-optimize/testing';
import { installedBin } from '../support/installed.js';
import { smallModel, writeModelFiles } from '../support/models.js';

const COLUMNS = 6_000_000;

/** A model of 96 MB, so that reading and saving take long enough to be interrupted. */
async function writeLargeModel(folder: string): Promise<void> {
  const { file } = smallModel();
  file.modelTopology.node = file.modelTopology.node.filter(({ name }) =>
    ['x', 'w1', 'dense1/product'].includes(name),
  );
  file['signature'] = undefined;
  file.weightsManifest = [
    { paths: ['zeros.bin'], weights: [{ name: 'w1', shape: [4, COLUMNS], dtype: 'float32' }] },
  ];
  await mkdir(folder);
  await writeFile(path.join(folder, 'model.json'), JSON.stringify(file));
  await writeFile(path.join(folder, 'zeros.bin'), '');
  await truncate(path.join(folder, 'zeros.bin'), 4 * 4 * COLUMNS);
}

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
  readonly stdout: string;
}

/** Starts the command, sends a signal once `isTime` says so, and waits for the end. */
async function interrupted(
  args: readonly string[],
  name: NodeJS.Signals,
  isTime: (stderr: string, pid: number) => boolean,
): Promise<Ended> {
  const child: ChildProcess = spawn(process.execPath, [...coverageOptions(), installedBin(), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: '', FORCE_COLOR: '0' },
  });
  let [stdout, stderr] = ['', ''];
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const end = new Promise<Ended>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  while (child.exitCode === null && !isTime(stderr, child.pid ?? 0)) await sleep(2);
  child.kill(name);
  return end;
}

/** Processes that a process has started, where the system tells them. */
function childrenOf(pid: number): number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
    return text.split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Whether the hidden folder beside `out` holds a weight file already; it may be gone between two looks. */
function isSaving(folder: string): boolean {
  const hidden = readdirSync(folder).find((name) => name.startsWith('.out.tmp-'));
  try {
    return hidden !== undefined && readdirSync(path.join(folder, hidden)).length > 0;
  } catch {
    return false;
  }
}

describe('Ctrl-C', function () {
  this.timeout(120_000);

  for (const [when, name, status] of [
    ['while it saves', 'SIGINT', 130],
    ['while it reads', 'SIGINT', 130],
    ['as SIGTERM while it saves', 'SIGTERM', 143],
  ] as const) {
    it(`${when} ends with ${status} and leaves no half model`, () =>
      withTempFolder(async (folder) => {
        await writeLargeModel(path.join(folder, 'model'));
        const args = ['optimize', path.join(folder, 'model'), '-o', path.join(folder, 'out'), '--no-latency'];
        const isTime = when.endsWith('saves')
          ? () => isSaving(folder)
          : (stderr: string) => stderr.includes('read weights');
        const ended = await interrupted(args, name, isTime);
        expect(ended.stderr)
          .to.include('stopping')
          .and.match(/^error aborted {2}cancelled; nothing was written$/m)
          .and.not.include('because');
        expect(ended.stdout).to.equal('');
        expect(ended.code).to.equal(status);
        expect(await readdir(folder)).to.deep.equal(['model']);
      }));
  }

  it('while processes of its own measure ends with 130, ends them, and saves no baseline', function () {
    if (process.platform !== 'linux') this.skip();
    return withTempFolder(async (folder) => {
      const model = await writeModelFiles(path.join(folder, 'model'));
      const args = ['compare', model, '--save-baseline', path.join(folder, 'baseline.json')];
      const started: number[] = [];
      const ended = await interrupted([...args, '--backend', 'cpu'], 'SIGINT', (stderr, pid) => {
        started.push(...childrenOf(pid));
        return stderr.includes('compare') && started.length > 0;
      });
      expect(ended.stderr).to.match(/^error aborted {2}cancelled; nothing was written$/m);
      expect(ended.code).to.equal(130);
      expect(await readdir(folder)).to.deep.equal(['model']);
      expect(started.filter(isAlive)).to.deep.equal([]);
    });
  });
});
