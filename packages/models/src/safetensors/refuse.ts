import { fail, type Problem } from '@tfjs-optimize/core';

/** Letters of each part of a message: names and values of a file may be of any length. */
const LETTERS = 300;

/** Throws `models/safetensors`, with what is quoted of the file cut to a readable length. */
export function refuseFile(problem: Problem): never {
  const { subject, expected, got } = problem;
  return fail('models/safetensors', {
    advice:
      'See that all of the file was copied; else write it anew, with safetensors of Python or writeSafetensors',
    ...problem,
    subject: cut(subject),
    expected: cut(expected),
    got: cut(got),
  });
}

function cut(text: string): string {
  return text.length <= LETTERS ? text : `${text.slice(0, LETTERS - 1)}…`;
}
