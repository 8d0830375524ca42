import { expect } from 'chai';
import * as fc from 'fast-check';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { Weight } from '@tfjs-optimize/core';
import { expectCode, withTempFolder } from '@tfjs-optimize/testing';
import { readSafetensors } from '../../src/safetensors/open.js';
import { E4M3, E5M2 } from '../../src/safetensors/float8.js';
import { encodeSafetensors, writeSafetensors, type EncodeOptions } from '../../src/safetensors/write.js';

const floats = (...values: number[]): Weight => Weight.of(Float32Array.from(values), [values.length]);
const roundTrip = async (weight: Weight, options: EncodeOptions = {}): Promise<Weight> =>
  (await readSafetensors(encodeSafetensors([['x', weight]], options))).get('x') as Weight;

describe('encodeSafetensors', () => {
  it('gives back any tensors, and the same bytes whatever their order', async () => {
    const weight = fc
      .tuple(fc.array(fc.nat(3), { maxLength: 3 }), fc.constantFrom('float32', 'int32', 'bool'), fc.nat(250))
      .map(([shape, dtype, from]) => {
        const size = shape.reduce((a, b) => a * b, 1);
        const kind = { float32: Float32Array, int32: Int32Array, bool: Uint8Array }[dtype as 'bool'];
        return Weight.of(
          kind.from({ length: size }, (_, i) => (from + i) % (dtype === 'bool' ? 2 : 251)) as Uint8Array,
          shape,
        );
      });
    const named = fc.array(fc.tuple(fc.string(), weight), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(named, async (entries) => {
        const state = new Map(entries);
        const bytes = encodeSafetensors(state);
        expect(encodeSafetensors([...state].reverse())).to.deep.equal(bytes);
        const back = await readSafetensors(bytes);
        expect(back.size).to.equal(state.size);
        for (const [name, { dtype, shape, bytes: stored }] of state) {
          const read = back.get(name) as Weight;
          expect([read.dtype, read.shape]).to.deep.equal([dtype, shape]);
          expect(Buffer.compare(read.bytes, stored), name).to.equal(0);
        }
      }),
      { seed: 7, numRuns: 100 },
    );
  });

  it('aligns tensors: the widest first, the first at a multiple of 8', async () => {
    const bytes = encodeSafetensors([
      ['flag', Weight.of(Uint8Array.of(1), [1])],
      ['a', floats(1)],
    ]);
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(length % 8).to.equal(0);
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))) as object;
    expect(Object.keys(header)).to.deep.equal(['a', 'flag']);
  });

  it('keeps the types that weights are stored in', async () => {
    const half = Weight.stored('float32', [1], { kind: 'bfloat16' }, Uint8Array.of(0xc0, 0x3f));
    expect((await roundTrip(half)).encoding.kind).to.equal('bfloat16');
    expect((await roundTrip(Weight.int8(Int8Array.of(-3), [1]))).encoding.kind).to.equal('int8');
    const channels = Weight.channels(Int8Array.of(2, -4), [2], 0, Float32Array.of(0.5, 0.25));
    expect([...(await roundTrip(channels)).numbers()]).to.deep.equal([1, -1]);
    const complex = Weight.of(Float32Array.of(1, 2), [1], 'complex64');
    expect((await roundTrip(complex)).dtype).to.equal('complex64');
  });

  it('rounds floats to the type asked for, to the nearest and ties to even', async () => {
    const x = floats(0.1, 1 + 2 ** -4, -(1 + 3 * 2 ** -4), 2 ** -10, -0);
    const read = async (type: NonNullable<EncodeOptions['floats']>): Promise<number[]> => [
      ...(await roundTrip(x, { floats: type })).numbers(),
    ];
    expect(await read('F64')).to.deep.equal([...x.numbers()]);
    expect(await read('F8_E4M3')).to.deep.equal([0.1015625, 1, -1.25, 0, -0]);
    expect(await read('F8_E5M2')).to.deep.equal([0.09375, 1, -1.25, 2 ** -10, -0]);
    expect((await read('F16'))[0]).to.be.closeTo(0.1, 2 ** -14);
  });

  it('keeps every float of 8 bits', async () => {
    for (const [type, table] of [
      ['F8_E4M3', E4M3],
      ['F8_E5M2', E5M2],
    ] as const) {
      expect([...(await roundTrip(Weight.of(table, [256]), { floats: type })).numbers()]).to.deep.equal([
        ...table,
      ]);
    }
  });

  it('refuses strings, numbers that a type does not reach, the name of the notes and unknown options', async () => {
    await expectCode('models/weight', () => encodeSafetensors([['s', Weight.of(['a'], [1])]]));
    for (const [type, value] of [
      ['F16', 65520],
      ['BF16', 3.4e38],
      ['F8_E4M3', 464],
      ['F8_E5M2', 61440],
    ] as const) {
      const error = await expectCode('models/weight', () =>
        encodeSafetensors([['big', floats(value)]], { floats: type }),
      );
      expect(error.message).to.contain(`tensor 'big': expected numbers that ${type} has, got`);
    }
    await expectCode('models/weight', () => encodeSafetensors([['__metadata__', floats(1)]]));
    await expectCode('argument/invalid', () => encodeSafetensors([], { floats: 'F8' as 'F16' }));
  });
});

describe('writeSafetensors', () => {
  it('refuses what is no map of weights, before it touches a file', () =>
    withTempFolder(async (folder) => {
      const file = path.join(folder, 'x.safetensors');
      const bad = [{ a: 1 }, undefined, 'ab', 5, [1], [['x', 1]], new Map([['x', Float32Array.of(1)]])];
      for (const state of bad as unknown as ReadonlyMap<string, Weight>[]) {
        await expectCode('argument/invalid', () => writeSafetensors(file, state));
        await expectCode('argument/invalid', () => encodeSafetensors(state));
      }
      await expectCode('argument/invalid', () => writeSafetensors(undefined as unknown as string, []));
      expect(fs.readdirSync(folder)).to.deep.equal([]);
    }));

  it('writes a file, replaces one only when asked to, and leaves nothing else', () =>
    withTempFolder(async (folder) => {
      const file = path.join(folder, 'x.safetensors');
      await writeSafetensors(file, [['x', floats(1, 2)]], { metadata: { format: 'pt' } });
      expect([...((await readSafetensors(file)).get('x') as Weight).numbers()]).to.deep.equal([1, 2]);
      await expectCode('io/exists', () => writeSafetensors(file, [['x', floats(3)]]));
      await expectCode('aborted', () =>
        writeSafetensors(file, [['x', floats(3)]], { overwrite: true, signal: AbortSignal.abort() }),
      );
      await writeSafetensors(file, [['x', floats(4)]], { overwrite: true });
      expect([...((await readSafetensors(file)).get('x') as Weight).numbers()]).to.deep.equal([4]);
      expect(fs.readdirSync(folder)).to.deep.equal(['x.safetensors']);
      await expectCode('io/not-found', () => writeSafetensors(path.join(folder, 'no', 'x'), []));
    }));
});
