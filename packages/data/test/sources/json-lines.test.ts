import { jsonLines } from '@tfjs-optimize/data';
import { expectCode, withTempFolder } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import * as fs from 'node:fs';
import * as path from 'node:path';

function lines(text: string | Uint8Array, options = {}): ReturnType<typeof jsonLines> {
  return withTempFolder((folder) => {
    fs.writeFileSync(path.join(folder, 'data.jsonl'), text);
    return jsonLines(path.join(folder, 'data.jsonl'), options);
  });
}

describe('jsonLines', () => {
  it('gives numbers, texts, truths and nested lists of each line, and leaves out empty ones', async () => {
    const data = await lines('{"a":1.5,"t":"ä"}\r\n\n  \n{"m":[[1,2],[3,4]],"v":[5],"b":true}', {
      types: { a: 'int32' },
    });
    expect(data.length).to.equal(2);
    expect(data.types).to.deep.equal({ a: 'int32' });
    expect(data.get(0)).to.deep.equal({ a: 1.5, t: 'ä' });
    expect(data.get(1)).to.deep.equal({
      m: { values: Float32Array.of(1, 2, 3, 4), shape: [2, 2] },
      v: { values: Float32Array.of(5), shape: [1] },
      b: 1,
    });
  });

  it('names the line and field of what cannot be read', async () => {
    for (const [text, message] of [
      ['{"a":1}\n\n{"a":', /data\.jsonl, line 3: expected JSON/],
      ['[1]', /line 1: expected an object/],
      ['{"a":null}', /line 1, 'a'/],
      ['{"a":[[1,2],[3,4,5],[6]]}', /line 1, 'a'/],
      ['{"a":[1,"b"]}', /line 1, 'a'/],
      ['{"a":[]}', undefined],
    ] as const) {
      const data = await lines(text);
      if (message === undefined) {
        expect(data.get(0)).to.deep.equal({ a: { values: new Float32Array(0), shape: [0] } });
      } else {
        const error = await expectCode('data/json', () => data.get(data.length - 1));
        expect(error.message).to.match(message);
      }
    }
    await expectCode('io/not-found', () => jsonLines('none.jsonl'));
    await expectCode('argument/invalid', () => lines('{}', { types: { a: 'int8' } }));
  });

  it('names the line that is no UTF-8', async () => {
    const data = await lines(Buffer.from('{"t":"a"}\n{"t":"\xe4"}\n', 'latin1'));
    expect(data.get(0)).to.deep.equal({ t: 'a' });
    const error = await expectCode('data/json', () => data.get(1));
    expect(error.message).to.match(/line 2: expected text in UTF-8/);
  });
});
