/**
 * Starts saving a model and stops half-way, for tests of what is left: `save-child.ts OUTPUT MODE`.
 * MODE `wait` says `half` and waits for a signal, `exit` leaves by process.exit(3), `twice` gets Ctrl-C
 * two times. Ends with status 7 when saving was aborted.
 */
import { Weight, abortOnInterrupt, isOptimizeError, saveModel } from '@tfjs-optimize/core';
import { smallModel } from './small-model.js';

const [output = '', mode = ''] = process.argv.slice(2);
const { signal, stop } = abortOnInterrupt();
let isHalf = false;

function progress(): void {
  if (isHalf) return;
  isHalf = true;
  process.stdout.write('half\n');
  if (mode === 'exit') process.exit(3);
  if (mode === 'twice') {
    process.emit('SIGINT', 'SIGINT');
    process.emit('SIGINT', 'SIGINT');
  }
}

/** A hundred thousand files of one byte: after the first one there is a long while to go. */
async function main(): Promise<void> {
  const model = smallModel();
  const large = Weight.of(new Uint8Array(100_000), [100_000]);
  const weights = model.weights.with(new Map([['bias', large]]));
  await saveModel(model.with({ weights }), output, { shardBytes: 1, signal, progress });
}

main().catch((error: unknown) => {
  stop();
  process.exitCode = isOptimizeError(error) && error.code === 'aborted' ? 'aborted'.length : 1;
});
