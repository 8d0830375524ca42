import type { BenchCase } from '@tfjs-optimize/benchmark';
import { moduleOf, type Build } from '../src/engine/binary.js';
import * as BINARIES from '../src/generated/integer-binaries.js';
import type { IntegerExports } from '../src/integer/integer-exports.js';
import { integerFormOf } from '../src/integer/integer-form.js';

function kernels(build: Build): IntegerExports | undefined {
  const module = moduleOf(build, false, { plain: BINARIES.PLAIN, relaxed: BINARIES.RELAXED });
  const env = { memory: new WebAssembly.Memory({ initial: 1 }) };
  return module && (new WebAssembly.Instance(module, { env }).exports as unknown as IntegerExports);
}

/** Why relaxed dot products are of no use here, or undefined where they are exact. */
function whyPlain(): string | undefined {
  const [plain, relaxed] = [kernels('plain'), kernels('relaxed')];
  if (plain === undefined || relaxed === undefined) return `Node.js ${process.version} has no relaxed SIMD`;
  if (integerFormOf(plain, relaxed).name === 'relaxed') return undefined;
  return 'the relaxed dot product is not exact on this processor, as on all of x86 without VNNI';
}

/** The same case where int8 kernels run in the relaxed form, by the name of `<id>@relaxed`. */
export function relaxedOnly(one: BenchCase): BenchCase {
  const id = `${one.id}@relaxed`;
  const missing: BenchCase['missing'] = (context) => whyPlain() ?? one.missing?.(context);
  return { ...one, id, missing, run: async (context) => ({ ...(await one.run(context)), id }) };
}
