import { attr } from '../../graph/node.js';
import type { CallView } from '../call-view.js';
import type { KernelRows } from './row.js';

/** The executor reads string attributes in lower case, which changes expressions with capitals. */
function lowerCase(call: CallView, name: string): string {
  const text = call.str(name);
  if (text !== text.toLowerCase()) {
    call.refuse(`'${name}' with capital letters, which TensorFlow.js' graph executor reads in lower case`);
  }
  return text;
}

export const stringKernels: KernelRows = {
  StaticRegexReplace: {
    shape: (call) => ({ shape: call.dims('x'), dtype: 'string' }),
    convert: (call, emit) =>
      emit.node('StaticRegexReplace', [emit.in('x')], {
        pattern: attr.string(lowerCase(call, 'pattern')),
        rewrite: attr.string(lowerCase(call, 'rewrite')),
        replace_global: attr.bool(call.bool('replaceGlobal')),
      }),
  },
  StringToHashBucketFast: {
    shape: (call) => ({ shape: call.dims('input'), dtype: 'int32' }),
    convert: (call, emit) =>
      emit.node('StringToHashBucketFast', [emit.in('input')], {
        num_buckets: attr.int(call.num('numBuckets')),
      }),
  },
};
