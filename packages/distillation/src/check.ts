import { fail, shapeText, type Model, type Port, type Shape } from '@tfjs-optimize/core';
import { logitsOfAll, type Teacher } from './teacher.js';
import { shapesOf } from './values.js';

/**
 * Refuses a student and a teacher that do not fit each other.
 * @throws `distillation/pair` naming inputs, or numbers of classes.
 */
export function checkPair(student: Model, { model, called }: Teacher, targets: 'soft' | 'logits'): void {
  const [ours, theirs] = [student, model].map(({ signature }) => signature) as [
    Model['signature'],
    Model['signature'],
  ];
  const refuse = (what: string, expected: string, got: string): never =>
    refuseOf(called, what, expected, got);
  if (ours.inputs.length !== theirs.inputs.length)
    refuse('inputs', `${ours.inputs.length}, as the student has`, String(theirs.inputs.length));
  ours.inputs.forEach((port, i) => checkInput(called, port, theirs.inputs[i] as Port));
  if (ours.outputs.length !== theirs.outputs.length)
    refuse('outputs', `${ours.outputs.length}, as the student has`, String(theirs.outputs.length));
  const [shapeOf, theirShapeOf] = [shapesOf(student), shapesOf(model)];
  const theirLogits = logitsOfAll(model);
  logitsOfAll(student).forEach((value, i) => {
    const [a, b] = [shapeOf(value), theirShapeOf(theirLogits[i] as string)];
    if (targets === 'soft' && a?.at(-1) === 1) refuseOne(i);
    if (fits(a, b)) return;
    refuse(`output ${i + 1}`, `${classesText(a)}, as the student has`, classesText(b));
  });
}

function checkInput(called: string, ours: Port, theirs: Port): void {
  if (ours.dtype === theirs.dtype && fits(ours.shape, theirs.shape)) return;
  refuseOf(
    called,
    `input '${theirs.key}'`,
    `${shapeText(ours.shape)} ${ours.dtype}, as the student takes`,
    `${shapeText(theirs.shape)} ${theirs.dtype}`,
  );
}

/** Softmax of one number is always 1: nothing would be learnt. */
function refuseOne(output: number): never {
  return fail('distillation/pair', {
    subject: `output ${output + 1} of the student`,
    expected: 'two classes or more, whose probabilities are compared',
    got: 'one number',
    advice: "Compare the number itself with targets: 'logits', and labels with a loss of yours",
  });
}

function refuseOf(called: string, what: string, expected: string, got: string): never {
  return fail('distillation/pair', {
    subject: `${what} of ${called}`,
    expected,
    got,
    advice: 'Student and teacher must take the same inputs and tell the same classes',
  });
}

function fits(a: Shape | undefined, b: Shape | undefined): boolean {
  if (a === undefined || b === undefined) return true;
  return (
    a.length === b.length && a.every((size, axis) => size === b[axis] || size < 0 || (b[axis] as number) < 0)
  );
}

function classesText(shape: Shape | undefined): string {
  return shape === undefined ? 'values of unknown shape' : `${shape.at(-1)} classes (${shapeText(shape)})`;
}
