import { breathe } from '../breathe.js';
import { OptimizeError, fail, isOptimizeError } from '../errors.js';
import type { Established, Violation } from '../facts.js';
import type { Model, Stage } from '../model.js';
import type { AnyPass, Context, Note, Pass, PassResult } from '../pass.js';

/**
 * Runs one pass and holds it to its word: the stage it takes, the facts it needs, its own check,
 * `changed` against the model's identity, and every fact that it did not declare to drop.
 *
 * @throws what the pass threw, with the pass and those before it named and the code kept
 *   (`pass/failed` where it had none); `pass/needs`, `pass/check`, `pass/changed`, `model/stage`,
 *   `fact/violated`, `aborted`.
 */
export async function runPass<In extends Stage, Out extends Stage>(
  pass: Pass<In, Out>,
  model: Model<In>,
  context: Context,
): Promise<PassResult<Out>> {
  const subject = passInWords(pass.name, context.ran);
  await breathe(context.signal, subject);
  checkBefore(pass, model, subject);
  const noted: Note[] = [];
  const own = { ...context, note: (note: Note) => void noted.push(note) };
  const result = withoutDropped(pass, await attempt(pass, model, own, subject), model, subject);
  for (const fact of pass.gives ?? []) {
    if (!result.model.facts.has(fact)) {
      fail('pass/failed', { subject, expected: `to establish '${fact.name}'`, got: 'a model without it' });
    }
  }
  if (result.changed) checkFacts(pass, model, result.model, subject);
  const notes = [...noted, ...result.notes].map((note): Note =>
    note.pass === undefined ? { pass: pass.name, ...note } : note,
  );
  return { ...result, notes };
}

/** The result, found to tell the truth about `changed`, without the facts that the pass ends. */
function withoutDropped<Out extends Stage>(
  pass: AnyPass,
  result: PassResult<Out>,
  model: Model,
  subject: string,
): PassResult<Out> {
  checkChanged(result, model, subject);
  if (!result.changed) return result;
  const given = new Set((pass.gives ?? []).map((fact) => fact.name));
  const ended = (pass.drops ?? []).filter((fact) => !given.has(fact.name));
  const facts = ended.reduce((left, fact) => left.without(fact), result.model.facts);
  return facts === result.model.facts ? result : { ...result, model: result.model.with({ facts }) };
}

function passInWords(name: string, ran: readonly string[]): string {
  return ran.length === 0 ? `pass '${name}'` : `pass '${name}' (after ${ran.join(', ')})`;
}

function checkBefore<In extends Stage>(pass: Pass<In, Stage>, model: Model<In>, subject: string): void {
  if (pass.takes !== undefined && pass.takes !== model.stage) {
    fail('model/stage', {
      subject,
      expected: `a model of stage ${pass.takes}`,
      got: model.stage,
      advice:
        'Put it before the pass that made the model integer, or give the float model that it was made of',
    });
  }
  for (const fact of pass.needs ?? []) {
    if (!model.facts.has(fact)) {
      fail('pass/needs', {
        subject,
        expected: `the fact '${fact.name}'`,
        got: [...model.facts].map((one) => one.fact.name).join(', ') || 'a model without facts',
        advice: 'Run the pass that establishes it first',
      });
    }
  }
  refuse('pass/check', subject, 'a model that meets its conditions', pass.check?.(model) ?? []);
}

async function attempt<In extends Stage, Out extends Stage>(
  pass: Pass<In, Out>,
  model: Model<In>,
  context: Context,
  subject: string,
): Promise<PassResult<Out>> {
  try {
    return await pass.run(model, context);
  } catch (error) {
    if (isOptimizeError(error)) {
      if (error.code === 'aborted' || error.subject.startsWith('pass ')) throw error;
      throw inPass(error, pass.name, subject);
    }
    return fail('pass/failed', {
      subject,
      expected: 'to run to its end',
      got: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
      cause: error,
    });
  }
}

/** The same error with the pass named in front; its code stays and it is the cause. */
function inPass(error: OptimizeError, pass: string, subject: string): OptimizeError {
  const own = `${pass}: `;
  const got = error.message.startsWith(own) ? error.message.slice(own.length) : error.message;
  const named = new OptimizeError(error.code, { subject, expected: 'to run to its end', got, cause: error });
  named.message = `${subject}: ${got}`;
  return named;
}

/** A pass that says it changed nothing must give back the very model it got, and the other way round. */
function checkChanged(result: PassResult, model: Model, subject: string): void {
  const same = (result.model as unknown) === model;
  if (result.changed !== same) return;
  fail('pass/changed', {
    subject,
    expected: same ? 'another model with changed: true' : 'the model it got with changed: false',
    got: same ? 'the model it got' : 'another model',
  });
}

function checkFacts(pass: AnyPass, before: Model, after: Model, subject: string): void {
  const dropped = new Set((pass.drops ?? []).map((fact) => fact.name));
  for (const { fact } of before.facts) {
    if (dropped.has(fact.name) || after.facts.has(fact)) continue;
    fail('fact/violated', {
      subject,
      expected: `to keep the fact '${fact.name}'`,
      got: 'a model without it',
      advice: 'A pass that ends a fact lists it in drops',
    });
  }
  for (const established of after.facts) {
    const violations = violationsOf(established, after);
    refuse('fact/violated', subject, `the fact '${established.fact.name}' to hold`, violations);
  }
}

function violationsOf({ fact, value }: Established, model: Model): readonly Violation[] {
  return fact.check(model, value);
}

function refuse(
  code: 'pass/check' | 'fact/violated',
  subject: string,
  expected: string,
  violations: readonly Violation[],
): void {
  const [first, ...others] = violations;
  if (first === undefined) return;
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
  fail(code, { subject, expected, got: `'${first.subject}': ${first.message}${more}` });
}
