import { isTfType, type TfType } from '../types.js';
import { DEFINITIONS } from './definitions.js';

/** An input or output of an op. */
export interface ArgDef {
  readonly name: string;
  /** The type, where it is always the same. */
  readonly fixed?: TfType;
  /** The attribute that holds the type, or with `isList` the types of any number of values. */
  readonly attr?: string;
  readonly isList: boolean;
  /** The attribute that says how many values of one type there are. */
  readonly count?: string;
}

/** Kinds of attribute; `types` and the like are lists. */
export type DefKind =
  | 'type'
  | 'types'
  | 'int'
  | 'ints'
  | 'float'
  | 'floats'
  | 'bool'
  | 'string'
  | 'strings'
  | 'shape'
  | 'shapes'
  | 'func'
  | 'tensor';

/** An attribute of an op. */
export interface AttrDef {
  readonly name: string;
  readonly kind: DefKind;
  /** Types that the attribute may hold; all where undefined. */
  readonly allowed?: readonly TfType[];
  /** The value that it has when it is left out; undefined where it must be given. */
  readonly byDefault?: unknown;
}

/** What TensorFlow knows an op by. */
export interface OpDef {
  readonly name: string;
  readonly inputs: readonly ArgDef[];
  readonly outputs: readonly ArgDef[];
  readonly attrs: readonly AttrDef[];
}

let table: ReadonlyMap<string, OpDef> | undefined;

/** The definition of an op, or undefined for those that are not written. */
export function opDef(op: string): OpDef | undefined {
  table ??= new Map(DEFINITIONS.trim().split('\n').map(parse));
  return table.get(op);
}

function parse(line: string): [string, OpDef] {
  const match = /^(\w+)\((.*?)\) -> \((.*?)\) ?(.*)$/.exec(line);
  if (match === null) throw new Error(`internal: a definition of an op that cannot be read: ${line}`);
  const [, name, inputs, outputs, attrs] = match as unknown as [string, string, string, string, string];
  const list = (text: string, between: string): string[] => (text === '' ? [] : text.split(between));
  return [
    name,
    {
      name,
      inputs: list(inputs, ', ').map(parseArg),
      outputs: list(outputs, ', ').map(parseArg),
      attrs: list(attrs, '; ').map(parseAttr),
    },
  ];
}

function parseArg(text: string): ArgDef {
  const [name = '', type = ''] = text.split(': ');
  if (type.startsWith('[')) return { name, attr: type.slice(1, -1), isList: true };
  const [held = '', count] = type.split('*').reverse();
  return {
    name,
    isList: false,
    ...(isTfType(held) ? { fixed: held } : { attr: held }),
    ...(count === undefined ? {} : { count }),
  };
}

function parseAttr(text: string): AttrDef {
  const [name = '', ...rest] = text.split(': ');
  const [kinds = '', value] = rest.join(': ').split(' = ');
  const [kind = '', allowed] = kinds.replace('}', '').split('{');
  return {
    name,
    kind: kind as DefKind,
    ...(allowed === undefined ? {} : { allowed: allowed.split(',').filter(isTfType) }),
    ...(value === undefined ? {} : { byDefault: kind === 'type' ? value : (JSON.parse(value) as unknown) }),
  };
}
