import { expect } from 'chai';
import { fork } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { pathToFileURL } from 'node:url';
import { repoRoot, tempFolder } from '@tfjs-optimize/testing';

interface Job {
  readonly title: string;
  readonly seconds?: number;
  readonly alone?: boolean;
}
interface Lanes {
  take(job: Job): Promise<() => void>;
}
interface Module {
  readonly Lanes: new (count: number) => Lanes;
  serve(child: object, lanes: Lanes, onEnd: (job: Job) => void): void;
}

const url = pathToFileURL(path.join(repoRoot(), 'scripts/lib/lanes.mjs')).href;
const load = async (): Promise<Module> => (await import(url)) as Module;
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Jobs that ask at once; `began` tells their order, `end` ends one. */
async function ask(lanes: Lanes, jobs: readonly Job[]) {
  const began: string[] = [];
  const ends = new Map<string, () => void>();
  for (const job of jobs) {
    void lanes.take(job).then((end) => {
      began.push(job.title);
      ends.set(job.title, end);
    });
  }
  await settled();
  const end = async (title: string): Promise<void> => {
    ends.get(title)?.();
    await settled();
  };
  return { began, end };
}

describe('lanes of the scripts', () => {
  it('begin the longest of those that wait, so many at a time', async () => {
    const { Lanes } = await load();
    const jobs = [1, 2, 5, 4].map((seconds) => ({ title: `${seconds}`, seconds }));
    const { began, end } = await ask(new Lanes(2), jobs);
    // The first two found the lanes empty.
    expect(began).to.deep.equal(['1', '2']);
    await end('1');
    expect(began).to.deep.equal(['1', '2', '5']);
    await end('5');
    expect(began).to.deep.equal(['1', '2', '5', '4']);
  });

  it('let a job be alone once nothing else runs or waits', async () => {
    const { Lanes } = await load();
    const jobs = [
      { title: 'alone', seconds: 9, alone: true },
      { title: 'a' },
      { title: 'b' },
      { title: 'c' },
    ];
    const lanes = new Lanes(2);
    const { began, end } = await ask(lanes, [{ title: 'first' }, ...jobs]);
    expect(began).to.deep.equal(['first', 'a']);
    await end('a');
    await end('first');
    await end('b');
    expect(began).to.deep.equal(['first', 'a', 'b', 'c']);
    await end('c');
    const later = await ask(lanes, [{ title: 'later' }]);
    expect(began.at(-1)).to.equal('alone');
    expect(later.began).to.deep.equal([]);
    await end('alone');
    expect(later.began).to.deep.equal(['later']);
  });

  it('are shared with a process that was started, and free again when it is killed', async function () {
    this.timeout(60_000);
    const { Lanes, serve } = await load();
    const script = path.join(tempFolder(), 'jobs.mjs');
    fs.writeFileSync(
      script,
      `import { inLane, inLanes } from '${url}';
      let running = 0, most = 0;
      await inLanes([1, 2, 3, 4], (n) => ({ title: String(n) }), async () => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setTimeout(resolve, 5));
        running--;
      });
      if (process.argv[2] === 'hang') await inLane({ title: 'hang' }, () => process.kill(process.pid, 'SIGKILL'));
      process.exitCode = most;`,
    );
    const lanes = new Lanes(2);
    const codeOf = async (arg: string, ended: string[]): Promise<number | null> => {
      const child = fork(script, [arg], { execArgv: [] });
      serve(child, lanes, ({ title }) => ended.push(title));
      return new Promise((resolve) => child.on('close', resolve));
    };
    const held = await lanes.take({ title: 'held' });
    const ended: string[] = [];
    expect(await codeOf('end', ended), 'as many side by side as are free').to.equal(1);
    expect(ended).to.deep.equal(['1', '2', '3', '4']);
    held();
    expect(await codeOf('hang', ended)).to.equal(null);
    expect(ended.at(-1)).to.equal('hang');
    const { began } = await ask(lanes, [{ title: 'one' }, { title: 'two' }]);
    expect(began).to.deep.equal(['one', 'two']);
  });
});
