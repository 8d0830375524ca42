import { checkOptions, fail, importFunction, optionKinds, valueText } from '@tfjs-optimize/core/plain';
import { absolute, checkCopied, type Dataset, type ModuleRef } from '../dataset.js';
import { failThrown } from '../thrown.js';

/**
 * A data set of your own that worker threads can read: a function in a file of its own makes it, in every thread anew.
 *
 * In a browser workers find it by its URL: `new URL('./my-dataset.js', import.meta.url).href`.
 *
 * @param ref the function, which is given `options` and gives the data set, or a promise of it.
 * @throws `argument/invalid` where there is no such function, or it gives no data set; `data/code` where it throws.
 */
export async function fromModule(ref: ModuleRef): Promise<Dataset> {
  const { text, anything, either } = optionKinds;
  const url = { expected: 'a URL', fits: (value: unknown) => value instanceof URL };
  checkOptions<ModuleRef>(
    ref,
    { module: either(text, url), export: text, options: anything },
    { needed: ['module'] },
  );
  checkCopied(ref.options, 'options');
  return openModule(await absolute(ref));
}

export async function openModule(ref: ModuleRef): Promise<Dataset> {
  const make = (await importFunction(String(ref.module), ref.export)) as (options: unknown) => unknown;
  const subject = `what ${ref.export ?? 'default'} of ${String(ref.module)} gives`;
  const made = await makeBy(make, ref.options, subject);
  const { length, get } = made ?? {};
  if (typeof get !== 'function' || !Number.isInteger(length)) {
    fail('argument/invalid', {
      subject,
      expected: 'a data set with length and get(index)',
      got: valueText(made),
    });
  }
  const own = made as Dataset;
  return {
    length: own.length,
    get: (index) => own.get(index),
    ...(own.types && { types: own.types }),
    ...(own.classes && { classes: own.classes }),
    ...(own.categories && { categories: own.categories }),
    source: () => ({ kind: 'module', ...ref }),
  };
}

async function makeBy(
  make: (options: unknown) => unknown,
  options: unknown,
  subject: string,
): Promise<Partial<Dataset> | undefined> {
  try {
    return (await make(options)) as Partial<Dataset> | undefined;
  } catch (error) {
    return failThrown(error, subject, 'a data set');
  }
}
