import { checkOptions, fail, isNode, optionKinds, valueText } from '@tfjs-optimize/core/plain';
import type { Options } from 'csv-parse/sync';
import type { Dataset } from '../dataset.js';
import { arrays, type ArrayColumn } from './arrays.js';
import { classColumn, missingKind, numberColumn, type Missing, type Row } from './csv-columns.js';
import { readBytes } from './bytes.js';

/** Options of {@link csv}. */
export interface CsvOptions {
  /** Column of what is to be foretold: numbers, or names of classes, which are numbered in the order of their names. */
  readonly label?: string;
  /** Columns of numbers that make the vector `x`, in this order; all that are not named elsewhere unless told. */
  readonly features?: readonly string[];
  /** Columns of class names that become fields of their own, numbered in the order of the names. */
  readonly categories?: readonly string[];
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

/**
 * A table of comma- or tab-separated values (RFC 4180), read whole: samples `{ x, label }` and further columns by their
 * names.
 *
 * @param path of a file, or a URL (`https:`, `blob:`, `data:`), which is fetched; in a browser it is always one.
 * @throws `data/table` naming the line of rows that are too short or long and of values that are no numbers; `io/not-found`,
 *   `io/permission`, `io/network`, `argument/invalid`.
 */
export async function csv(path: string, options: CsvOptions = {}): Promise<Dataset> {
  checkOptions<CsvOptions>(options, {
    label: optionKinds.text,
    features: names,
    categories: names,
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
  const { label, categories = [], text = [], missing = 'refuse' } = options;
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
  for (const name of categories) columns[name] = classColumn(rows, at(name), name).numbers;
  let classes: readonly string[] | undefined;
  if (label !== undefined) {
    const isNumber = rows.every((row) => row.isNumber(at(label)));
    const found = isNumber ? undefined : classColumn(rows, at(label), label);
    columns['label'] = found?.numbers ?? numbersOf(label);
    classes = found?.classes;
  }
  return { ...arrays(columns), ...(classes && { classes }) };
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
    const { lines, message } = cause as { lines?: number; message?: string };
    return fail('data/table', {
      subject: lines === undefined ? path : `${path}, line ${lines}`,
      expected: 'rows of as many values as the first',
      got: message ?? String(cause),
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
