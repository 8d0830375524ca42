import {
  fail,
  loadModel,
  type AnyPass,
  type Examples,
  type Model,
  type NumberColumn,
  type Port,
  type Progress,
} from '@tfjs-optimize/core';
import { readInputs, readTensor } from './tensors/files.js';
import { typedValues, type TensorValue } from './tensors/value.js';

/** What a recipe may take beside the model, as files. */
export interface LiveOptions {
  /** Inputs of examples: FILE, or KEY=FILE for each of several inputs. */
  readonly data?: readonly string[];
  readonly labels?: string;
  readonly validation?: readonly string[];
  readonly validationLabels?: string;
  /** Models to learn from; the one given, as it was, unless told. */
  readonly teacher?: readonly string[];
}

/** Names under which passes find them, and the options that give them. */
const FLAGS: Readonly<Record<string, string>> = {
  data: '--data',
  validation: '--validation',
  teacher: '--teacher',
};

/** Refuses, before anything is loaded, passes that take what was not given, and what no pass takes. */
export function checkLive(passes: readonly AnyPass[], options: LiveOptions): void {
  const { data, labels, validation, validationLabels, teacher } = options;
  requireExamples('--labels', labels, '--data', data);
  requireExamples('--validation-labels', validationLabels, '--validation', validation);
  const given = new Set(['teacher', ...(data ? ['data'] : []), ...(validation ? ['validation'] : [])]);
  for (const pass of passes) {
    const missing = pass.asks?.find((name) => !given.has(name));
    if (missing === undefined) continue;
    const flag = Object.hasOwn(FLAGS, missing) ? FLAGS[missing] : undefined;
    fail('context/missing', {
      subject: `pass '${pass.name}': '${missing}'`,
      expected: flag === undefined ? `one of ${Object.keys(FLAGS).join(', ')}` : 'to be given',
      got: flag === undefined ? 'what no option of this command gives' : `no ${flag}`,
      advice:
        flag === undefined
          ? 'Rename it in the recipe, or run the recipe in a program: optimize(model, recipe, { factories, inputs })'
          : `Add ${flag} FILE`,
    });
  }
  for (const [name, option] of [
    ['data', data && '--data'],
    ['validation', validation && '--validation'],
    ['teacher', teacher && '--teacher'],
  ] as const) {
    if (option === undefined || passes.some(({ asks }) => asks?.includes(name) === true)) continue;
    fail('argument/invalid', {
      subject: option,
      expected: `passes that take '${name}'`,
      got: 'none that does',
      advice: 'Leave it out, or give a recipe or --quantize static',
    });
  }
}

function requireExamples(
  labels: string,
  file: string | undefined,
  option: string,
  examples: readonly string[] | undefined,
): void {
  if (file === undefined || examples !== undefined) return;
  fail('argument/missing', {
    subject: `${labels} ${file}`,
    expected: `${option}, whose examples they label`,
    got: 'none',
    advice: `Add ${option} FILE`,
  });
}

/** What passes find among the run's inputs. Who asked for it disposes of it. */
export interface LiveInputs {
  readonly inputs: Readonly<Record<string, unknown>>;
  dispose(): void;
}

/** Reads what options name, for a model. */
export async function liveInputs(
  model: Model,
  options: LiveOptions,
  watch: { readonly signal: AbortSignal; readonly progress: (event: Progress) => void },
): Promise<LiveInputs> {
  const ports = model.signature.inputs;
  const { data, labels, validation, validationLabels, teacher = [] } = options;
  const examples = data && (await examplesOf('--data', data, '--labels', labels, ports));
  const held =
    validation &&
    (await examplesOf('--validation', validation, '--validation-labels', validationLabels, ports));
  const teachers: Model[] = [];
  for (const location of teacher) teachers.push(await loadModel(location, watch));
  return {
    inputs: {
      ...(examples && { data: examples }),
      ...(held && { validation: held }),
      teacher: teachers.length === 0 ? model : teachers,
    },
    dispose: () => teachers.forEach((each) => each.dispose()),
  };
}

async function examplesOf(
  option: string,
  files: readonly string[],
  labelsOption: string,
  labelsFile: string | undefined,
  ports: readonly Port[],
): Promise<Examples> {
  const values = await readInputs(files, ports, option);
  const inputs = Object.fromEntries(
    [...values].map(([key, value]) => [
      key,
      columnOf(value, `${option}, input '${key}'`, ports.find((port) => port.key === key)?.dtype),
    ]),
  );
  if (labelsFile === undefined) return { inputs };
  const labels = await readTensor(`${labelsOption} ${labelsFile}`, labelsFile);
  return { inputs, labels: columnOf(labels, labelsOption) };
}

/** Numbers with the number of examples first, of the type that the input has. */
function columnOf(
  { values, shape, dtype }: TensorValue,
  subject: string,
  wanted: string = dtype,
): NumberColumn {
  if (dtype === 'string' || !ArrayBuffer.isView(values)) {
    return fail('io/format', { subject, expected: 'numbers', got: 'strings' });
  }
  if (shape.length === 0) {
    return fail('io/format', { subject, expected: 'a first axis that counts examples', got: 'one number' });
  }
  if (wanted === dtype || (wanted !== 'float32' && wanted !== 'int32')) return { values, shape };
  return { values: typedValues(wanted, values), shape };
}
