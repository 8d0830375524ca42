import { checkOptions, fail, isNode, optionKinds, valueText } from '@tfjs-optimize/core/plain';
import type { Options } from 'csv-parse/sync';
import type { Dataset } from '../dataset.js';
import { arrays, type ArrayColumn } from './arrays.js';
import {
  classColumn,
  missingKind,
  numberColumn,
  wholeColumn,
  type Missing,
  type Row,
} from './csv-columns.js';
import { brokenLine, pathText, readBytes } from './bytes.js';

/** Options of {@link csv}. */
export interface CsvOptions {
  /**
   * Column of what is to be foretold: numbers, which are floats unless `types` says otherwise, or names of classes, which are
   * numbered in the order of their names unless `classes` says otherwise.
   */
  readonly label?: string;
  /**
   * Names of the classes of the label by their numbers, so that several tables are numbered alike: `classes` of the data
   * set of the first is a list of them. Other names are refused.
   */
  readonly classes?: readonly string[];
  /** `{ label: 'int32' }` where numbers of the label are classes, and so whole; floats unless told. */
  readonly types?: { readonly label?: 'float32' | 'int32' };
  /** Columns of numbers that make the vector `x`, in this order; all that are not named elsewhere unless told. */
  readonly features?: readonly string[];
  /**
   * Columns of class names that become fields of their own, numbered in the order of the names; or such names by columns,
   * as `categories` of the data set of another table tells them.
   */
  readonly categories?: readonly string[] | Readonly<Record<string, readonly string[]>>;
  /** Columns that become fields of text. */
  readonly text?: readonly string[];
  /** Names of the columns, where the first line holds a row; the first line names them unless told. */
  readonly columns?: readonly string[];
  /** One character; a tab for files that end with `.tsv`, else a comma, unless told. */
  readonly delimiter?: string;
  /** Whether double quotes enclose values, as they do unless told; false for text that holds quotes as they are. */
  readonly quotes?: boolean;
  /**
   * What becomes of values that are empty, `NA`, `NaN` or `null` in columns of numbers and classes: they are refused,
   * which is so unless told, their rows are left out, or numbers take their place (in columns of classes rows are refused).
   */
  readonly missing?: Missing;
}

const names = {
  expected: 'a list of names',
  fits: (value: unknown): boolean => Array.isArray(value) && value.every((one) => typeof one === 'string'),
};

const different = {
  expected: 'a list of different names',
  fits: (value: unknown): boolean =>
    names.fits(value) && new Set(value as string[]).size === (value as string[]).length,
};

const namesByColumn = {
  expected: 'lists of different names by columns',
  fits: (value: unknown): boolean =>
    typeof value === 'object' && value !== null && Object.values(value).every(different.fits),
};

const labelType = {
  expected: "{label: 'int32'} or {label: 'float32'}",
  fits: (value: unknown): boolean =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries(value).every(
      ([name, type]) => name === 'label' && (type === 'int32' || type === 'float32'),
    ),
};

/**
 * A table of comma- or tab-separated values (RFC 4180), read whole: samples `{ x, label }` and further columns by their
 * names.
 *
 * @param file path, or a URL (`https:`, `blob:`, `data:`), which is fetched, or of `file:`; in a browser it is always one.
 * @throws `data/table` naming the line of rows that are too short or long and of values that are no numbers or of unknown classes; `io/not-found`,
 *   `io/permission`, `io/network`, `argument/invalid`.
 */
export async function csv(file: string | URL, options: CsvOptions = {}): Promise<Dataset> {
  const path = pathText(file);
  checkOptions<CsvOptions>(options, {
    label: optionKinds.text,
    classes: different,
    types: labelType,
    features: names,
    categories: optionKinds.either(names, namesByColumn),
    text: names,
    columns: names,
    delimiter: {
      expected: 'one character',
      fits: (value) => typeof value === 'string' && value.length === 1,
    },
    quotes: optionKinds.flag,
    missing: missingKind,
  });
  const table = await readTable(path, options);
  const { label, text = [], missing = 'refuse' } = options;
  const known = categoriesOf(options);
  const categories = Object.keys(known);
  const named = [...(label === undefined ? [] : [label]), ...categories, ...text];
  const features = options.features ?? table.names.filter((name) => !named.includes(name));
  const places = new Map(table.names.map((name, at) => [name, at] as const));
  for (const name of [...named, ...features]) if (!places.has(name)) refuseColumn(path, name, table.names);
  checkFields([
    ...(features.length > 0 ? ['x'] : []),
    ...(label === undefined ? [] : ['label']),
    ...categories,
    ...text,
  ]);
  const at = (name: string): number => places.get(name) as number;
  const needed = [...features, ...categories, ...(label === undefined ? [] : [label])].map(at);
  const rows = missing === 'drop' ? table.rows.filter((row) => row.isWhole(needed)) : table.rows;
  if (rows.length === 0) {
    fail('data/table', {
      subject: path,
      expected: 'at least one row',
      got: 'none',
      advice: 'Is there a header only?',
    });
  }
  const numbersOf = (name: string): Float32Array => numberColumn(rows, at(name), name, missing);
  const columns: Record<string, ArrayColumn> = {};
  if (features.length > 0) columns['x'] = interleaved(features.map(numbersOf), rows.length);
  for (const name of text) columns[name] = rows.map((row) => row.values[at(name)] as string);
  const found: Record<string, readonly string[]> = {};
  for (const name of categories) {
    const { numbers, classes } = classColumn(rows, at(name), name, known[name]);
    columns[name] = numbers;
    found[name] = classes;
  }
  const own = label === undefined ? undefined : labelsOf(rows, at(label), label, options);
  if (own !== undefined) columns['label'] = own.numbers;
  return {
    ...arrays(columns),
    ...(own?.classes && { classes: own.classes }),
    ...(categories.length > 0 && { categories: found }),
  };
}

/** Columns of class names, with the names of their classes where they are given. */
function categoriesOf({
  categories = [],
}: CsvOptions): Readonly<Record<string, readonly string[] | undefined>> {
  if (!Array.isArray(categories)) return categories as Readonly<Record<string, readonly string[]>>;
  return Object.fromEntries((categories as readonly string[]).map((name) => [name, undefined] as const));
}

function labelsOf(
  rows: readonly Row[],
  at: number,
  name: string,
  { classes, types, missing = 'refuse' }: CsvOptions,
): { readonly numbers: Int32Array | Float32Array; readonly classes?: readonly string[] } {
  if (classes === undefined && rows.every((row) => row.isNumber(at))) {
    const column = types?.label === 'int32' ? wholeColumn : numberColumn;
    return { numbers: column(rows, at, name, missing) };
  }
  const found = classColumn(rows, at, name, classes);
  return types?.label === 'float32' ? { ...found, numbers: Float32Array.from(found.numbers) } : found;
}

/** @throws `argument/invalid` where two fields of a sample would have one name. */
function checkFields(fields: readonly string[]): void {
  const twice = fields.find((name, at) => fields.indexOf(name) !== at);
  if (twice === undefined) return;
  const own = { x: ', one of them the vector of features', label: ', one of them that of the label' };
  fail('argument/invalid', {
    subject: `field '${twice}'`,
    expected: 'fields of different names',
    got: `two of that name${own[twice as 'x'] ?? ''}`,
    advice: 'Name each column in one of text and categories, and rename one of the table if need be',
  });
}

function refuseColumn(path: string, name: string, names: readonly string[]): never {
  return fail('argument/invalid', {
    subject: `column '${name}'`,
    expected: `one of ${names.join(', ')}, as ${path} has them`,
    got: 'none of that name',
  });
}

function interleaved(columns: readonly Float32Array[], count: number): ArrayColumn {
  const values = new Float32Array(count * columns.length);
  columns.forEach((column, at) =>
    column.forEach((value, row) => (values[row * columns.length + at] = value)),
  );
  return { values, shape: [count, columns.length] };
}

interface Table {
  readonly names: readonly string[];
  readonly rows: readonly Row[];
}

interface Parsed {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

async function readTable(path: string, { columns, delimiter, quotes = true }: CsvOptions): Promise<Table> {
  const bytes = await readBytes(path);
  const broken = brokenLine(bytes);
  if (broken !== undefined) {
    fail('data/table', {
      subject: `${path}, line ${broken}`,
      expected: 'text in UTF-8',
      got: 'other bytes',
      advice: 'Write the table in UTF-8',
    });
  }
  let parsed: readonly Parsed[];
  try {
    parsed = await parseRows(bytes, {
      bom: true,
      delimiter: delimiter ?? (/\.tsv$/i.test(path) ? '\t' : ','),
      quote: quotes ? '"' : false,
      skip_empty_lines: true,
      info: true,
    });
  } catch (cause) {
    const { lines, message, code } = cause as { lines?: number; message?: string; code?: string };
    return fail('data/table', {
      subject: lines === undefined ? path : `${path}, line ${lines}`,
      expected: 'rows of as many values as the first',
      got: message ?? String(cause),
      ...(code !== undefined &&
        /QUOTE/.test(code) && { advice: 'If quotes are part of the values, say quotes: false' }),
      cause,
    });
  }
  const header = columns ?? parsed[0]?.record ?? [];
  checkHeader(path, header, parsed[0]?.record.length ?? 0);
  const body = columns === undefined ? parsed.slice(1) : parsed;
  return {
    names: header,
    rows: body.map(({ record, info }) => new RowAt(record, `${path}, line ${info.lines}`)),
  };
}

/** Rows by csv-parse, which has a build of its own for browsers. */
async function parseRows(bytes: Uint8Array, options: Options): Promise<readonly Parsed[]> {
  if (isNode) {
    const { parse } = await import('csv-parse/sync');
    return parse(Buffer.from(bytes), options) as unknown as readonly Parsed[];
  }
  const { parse } = await import('csv-parse/browser/esm/sync');
  return parse(new TextDecoder().decode(bytes), options) as unknown as readonly Parsed[];
}

function checkHeader(path: string, header: readonly string[], width: number): void {
  const twice = header.find((name, at) => header.indexOf(name) !== at);
  if (twice !== undefined) {
    fail('data/table', {
      subject: path,
      expected: 'columns of different names',
      got: `two named '${twice}'`,
    });
  }
  if (header.length === width && width > 0) return;
  fail('data/table', {
    subject: path,
    expected: width === 0 ? 'a header and rows' : `${width} names, one for each column`,
    got: width === 0 ? 'an empty file' : valueText(header),
  });
}

const MISSING = new Set(['', 'NA', 'NaN', 'nan', 'null']);

class RowAt implements Row {
  constructor(
    readonly values: readonly string[],
    readonly place: string,
  ) {}

  isWhole(columns: readonly number[]): boolean {
    return columns.every((at) => !this.isMissing(at));
  }

  isMissing(at: number): boolean {
    return MISSING.has((this.values[at] as string).trim());
  }

  isNumber(at: number): boolean {
    return this.isMissing(at) || Number.isFinite(Number(this.values[at]));
  }
}
