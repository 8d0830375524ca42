import { checkOptions, fail, importFunction, optionKinds, valueText } from '@tfjs-optimize/core/plain';
import { absolute, checkCopied, type Dataset, type ModuleRef } from '../dataset.js';

/**
 * A data set of your own that worker threads can read: a function in a file of its own makes it, in every thread anew.
 *
 * In a browser workers find it by its URL: `new URL('./my-dataset.js', import.meta.url).href`.
 *
 * @param ref the function, which is given `options` and gives the data set, or a promise of it.
 * @throws `argument/invalid` where there is no such function, or it gives no data set.
 */
export async function fromModule(ref: ModuleRef): Promise<Dataset> {
  const { text, anything } = optionKinds;
  checkOptions<ModuleRef>(ref, { module: text, export: text, options: anything }, { needed: ['module'] });
  checkCopied(ref.options, 'options');
  return openModule(await absolute(ref));
}

export async function openModule(ref: ModuleRef): Promise<Dataset> {
  const make = (await importFunction(ref.module, ref.export)) as (options: unknown) => unknown;
  const made = (await make(ref.options)) as Partial<Dataset> | undefined;
  const { length, get } = made ?? {};
  if (typeof get !== 'function' || !Number.isInteger(length)) {
    fail('argument/invalid', {
      subject: `what ${ref.export ?? 'default'} of ${ref.module} gives`,
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
