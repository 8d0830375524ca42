import * as tf from '@tensorflow/tfjs';
import { fail, type ModelInputs, type Port } from '@tfjs-optimize/core';
import type { Candidate } from '../measure/candidate.js';
import { inputPorts } from '../measure/ports.js';
import { namedInputs, type Named } from '../measure/runner.js';

/** Examples to make batches of. */
export interface Examples {
  /** How many different ones there are. */
  readonly count: number;
  /** An input whose number of examples is fixed, where one is. */
  readonly fixed: { readonly key: string; readonly size: number } | undefined;
  /**
   * So many examples, beginning with one, taken by turns. Inputs that do not count examples are as they
   * were given. What is made goes with {@link Batch.dispose}.
   */
  batch(size: number, first?: number): Batch;
}

/** Inputs of a call. */
export interface Batch {
  readonly inputs: ModelInputs;
  dispose(): void;
}

/**
 * Takes a sample apart into examples, along the first axis of its inputs. Of inputs with a known shape those
 * count examples whose first size is open; where none is, and for functions, all that are no scalars. The
 * others are the same for every batch.
 *
 * @param sample inputs as `runnerOf` takes them; they stay the caller's.
 * @throws `batch/axis` where no input counts examples, or where inputs do not agree how many there are;
 *   `model/input`, `argument/invalid`.
 */
export function examplesOf(candidate: Candidate, sample: ModelInputs): Examples {
  const named = namedInputs(candidate, sample);
  const ports = inputPorts(candidate);
  const counting = countingInputs(named, ports);
  const count = sameCount(counting);
  const fixedPort = ports?.find(({ key, shape }) => key in counting && (shape?.[0] ?? -1) >= 0);
  return {
    count,
    fixed: fixedPort && { key: fixedPort.key, size: fixedPort.shape?.[0] as number },
    batch(size, first = 0) {
      const made: tf.Tensor[] = [];
      const inputs = Object.entries(named).map(([key, tensor]) => {
        if (!(key in counting)) return [key, tensor] as const;
        const rows = takeRows(tensor, first % count, size);
        made.push(rows);
        return [key, rows] as const;
      });
      return {
        // Functions take a list, or what they were given by key.
        inputs: ports === undefined ? inputs.map(([, tensor]) => tensor) : Object.fromEntries(inputs),
        dispose: () => tf.dispose(made),
      };
    },
  };
}

function countingInputs(named: Named, ports: readonly Port[] | undefined): Named {
  const withAxis = Object.entries(named).filter(([, { rank }]) => rank > 0);
  const isOpen = (key: string): boolean => (ports?.find((port) => port.key === key)?.shape?.[0] ?? -1) < 0;
  const open = withAxis.filter(([key]) => isOpen(key));
  const counting = open.length > 0 ? open : withAxis;
  if (counting.length > 0) return Object.fromEntries(counting);
  return fail('batch/axis', {
    subject: 'inputs',
    expected: 'one whose first axis counts examples',
    got: Object.keys(named).length === 0 ? 'no inputs' : 'scalars',
  });
}

function sameCount(counting: Named): number {
  const [[firstKey, first], ...others] = Object.entries(counting) as [
    [string, tf.Tensor],
    ...[string, tf.Tensor][],
  ];
  const count = first.shape[0];
  const other = others.find(([, { shape }]) => shape[0] !== count);
  if (other !== undefined) {
    fail('batch/axis', {
      subject: `input '${other[0]}'`,
      expected: `${count} examples, as in '${firstKey}'`,
      got: String(other[1].shape[0]),
      advice: 'What is the same for all examples belongs into the model or the function, not into its inputs',
    });
  }
  if (count > 0) return count;
  return fail('batch/axis', {
    subject: `input '${firstKey}'`,
    expected: 'at least one example',
    got: 'none',
  });
}

/** Rows of a tensor by turns, as a tensor of its own. */
function takeRows(tensor: tf.Tensor, first: number, size: number): tf.Tensor {
  const count = tensor.shape[0];
  const turns = Math.ceil((first + size) / count);
  return tf.tidy(() => {
    const repeated = turns === 1 ? tensor : tf.concat(Array<tf.Tensor>(turns).fill(tensor));
    return tf.slice(repeated, first, size);
  });
}
