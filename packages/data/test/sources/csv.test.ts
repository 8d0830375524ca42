import { csv, subset, type CsvOptions, type Dataset } from '@tfjs-optimize/data';
import { expectCode, needShared, withTempFolder } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import * as fs from 'node:fs';
import * as path from 'node:path';

/** The data set of a table that is written for it. */
function table(
  text: string | Uint8Array,
  options: CsvOptions = {},
  name = 'table.csv',
): ReturnType<typeof csv> {
  return withTempFolder((folder) => {
    fs.writeFileSync(path.join(folder, name), text);
    return csv(path.join(folder, name), options);
  });
}

describe('csv', () => {
  it('makes features, a label of classes, further classes and text of columns', async () => {
    const text = '\ufeffa,kind,b,note,place\n1,cat,2.5,"x, ""y""",in\n\n3,dog,-4e1,z,out\n5,cat,6,,in\n';
    const data = await table(text, { label: 'kind', text: ['note'], categories: ['place'] });
    expect(data.length).to.equal(3);
    expect(data.classes).to.deep.equal(['cat', 'dog']);
    expect(data.types).to.include({ label: 'int32', place: 'int32' });
    const row = (...values: number[]) => ({ values: Float32Array.from(values), shape: [2] });
    expect(data.get(0)).to.deep.equal({ x: row(1, 2.5), label: 0, place: 0, note: 'x, "y"' });
    expect(data.get(1)).to.deep.equal({ x: row(3, -40), label: 1, place: 1, note: 'z' });
  });

  it('takes features in the order asked for, a label of numbers, names and a delimiter', async () => {
    const data = await table(
      '1\t2\t3\n4\t5\t6\n',
      { columns: ['a', 'b', 'c'], features: ['c', 'a'], label: 'b' },
      't.tsv',
    );
    expect(data.get(1)).to.deep.equal({ x: { values: Float32Array.of(6, 4), shape: [2] }, label: 5 });
    expect(data.classes).to.equal(undefined);
    expect((await table('a;b\n1;2\n', { delimiter: ';' })).get(0)).to.deep.equal({
      x: { values: Float32Array.of(1, 2), shape: [2] },
    });
  });

  it('refuses, drops or replaces what is missing', async () => {
    const text = 'a,b\n1,2\nNA,3\n4,\n';
    const error = await expectCode('data/table', () => table(text));
    expect(error.message).to.match(/table\.csv, line 3, column 'a': expected a number, got 'NA'\..*missing/);
    expect((await table(text, { missing: 'drop' })).length).to.equal(1);
    const filled = await table(text, { missing: -1 });
    expect(
      [1, 2].map((i) => [...(filled.get(i) as unknown as { x: { values: Float32Array } }).x.values]),
    ).to.deep.equal([
      [-1, 3],
      [4, -1],
    ]);
  });

  it('names the line of ragged rows, of open quotes and of what is no number', async () => {
    for (const [text, message] of [
      ['a,b\n1,2\n3\n', /table\.csv, line 3: expected rows of as many values/],
      ['a,b\n1,2,3\n', /line 2/],
      ['a,b\n1,"2\n', /line [23].*[Qq]uote/],
      ['a,b\n1,2\n\n3,x\n', /line 4, column 'b': expected a number, got 'x'\..*categories or text/],
      ['a,a\n1,2\n', /two named 'a'/],
      ['a,b\n', /at least one row/],
      ['', /empty file/],
    ] as const) {
      const error = await expectCode('data/table', () => table(text));
      expect(error.message).to.match(message);
    }
    await expectCode('data/table', () =>
      table('k,a\n,1\n', { label: 'k', missing: 3, features: ['a'], categories: ['k'] }),
    );
    await expectCode('data/table', () => table('1,2\n', { columns: ['a'] }));
  });

  it('numbers the classes of a further table as those of the first', async () => {
    const first = await table('a,kind,place\n1,cat,in\n2,dog,out\n', {
      label: 'kind',
      categories: ['place'],
    });
    expect(first.categories).to.deep.equal({ place: ['in', 'out'] });
    const { classes, categories } = subset(first, [0]) as Required<Dataset>;
    const options = { label: 'kind', classes, categories };
    const second = await table('a,kind,place\n3,dog,out\n', options);
    expect(second.get(0)).to.include({ label: 1, place: 1 });
    expect(second).to.deep.include({ classes: ['cat', 'dog'], categories: { place: ['in', 'out'] } });
    for (const [text, message] of [
      ['a,kind,place\n1,cat,in\n3,cow,out\n', /line 3, column 'kind': expected one of cat, dog, got 'cow'/],
      ['a,kind,place\n3,cat,up\n', /line 2, column 'place': expected one of in, out, got 'up'/],
    ] as const) {
      const error = await expectCode('data/table', () => table(text, options));
      expect(error.message).to.match(message);
    }
    const numbered = await table('a,digit\n1,7\n2,3\n', { label: 'digit', classes: ['3', '7'] });
    expect([0, 1].map((i) => (numbered.get(i) as { label: number }).label)).to.deep.equal([1, 0]);
    await expectCode('argument/invalid', () => table('a\n1\n', { label: 'a', classes: ['1', '1'] }));
  });

  it('gives labels that are numbers as floats, or as the classes that they are said to be', async () => {
    const text = 'a,y\n1,0\n2,16777217\n';
    expect((await table(text, { label: 'y' })).types).to.deep.equal({});
    const whole = await table(text, { label: 'y', types: { label: 'int32' } });
    expect(whole.types).to.deep.equal({ label: 'int32' });
    expect(whole.get(1)).to.include({ label: 16777217 });
    const error = await expectCode('data/table', () =>
      table('a,y\n1,0.5\n', { label: 'y', types: { label: 'int32' } }),
    );
    expect(error.message).to.match(/line 2, column 'y': expected a whole number/);
    await expectCode('argument/invalid', () => table(text, { types: { y: 'int32' } as never }));
  });

  it('refuses two fields of one name', async () => {
    const text = 'x,label,a\n1,2,3\n';
    for (const [options, message] of [
      [{ text: ['x'] }, /field 'x': .*vector of features/],
      [{ categories: ['x'] }, /field 'x'/],
      [{ label: 'a', text: ['label'] }, /field 'label': .*that of the label/],
      [{ text: ['a'], categories: ['a'] }, /field 'a'/],
    ] as const) {
      const error = await expectCode('argument/invalid', () => table(text, options));
      expect(error.message).to.match(message);
    }
    const alone = await table(text, { features: [], text: ['x'], label: 'label', categories: ['a'] });
    expect(alone.get(0)).to.deep.equal({ x: '1', label: 2, a: 0 });
  });

  it('names the line that is no UTF-8, and hints at quotes that are part of values', async () => {
    const error = await expectCode('data/table', () => table(Buffer.from('a\n1\n\xe4\n', 'latin1')));
    expect(error.message).to.match(/table\.csv, line 3: expected text in UTF-8/);
    for (const text of ['a,b\n1,2" x\n', 'a,b\n1,"2" x\n', 'a,b\n1,"2\n']) {
      expect((await expectCode('data/table', () => table(text))).message).to.match(/say quotes: false\.$/);
    }
    expect((await expectCode('data/table', () => table('a,b\n1\n'))).message).to.not.match(/quotes/);
  });

  it('refuses columns that are not there, wrong options and missing files', async () => {
    const error = await expectCode('argument/invalid', () => table('a,b\n1,2\n', { label: 'c' }));
    expect(error.message).to.match(/column 'c': expected one of a, b/);
    await expectCode('argument/invalid', () => table('a\n1\n', { missing: 'no' as never }));
    await expectCode('argument/invalid', () => table('a\n1\n', { delimiter: '||' }));
    await expectCode('io/not-found', () => csv('no/such/table.csv'));
  });

  it('reads iris, penguins and the messages of an SMS collection', async function () {
    const folder = needShared(this, 'data');
    const iris = await csv(path.join(folder, 'tabular/iris.csv'), { label: 'species' });
    expect(iris.length).to.equal(150);
    expect(iris.classes).to.have.length(3);
    const penguins = await csv(path.join(folder, 'tabular/penguins.csv'), {
      ...{ label: 'species', categories: ['island', 'sex'], missing: 'drop' },
    });
    expect(penguins.length).to.be.within(300, 343);
    const sms = await csv(path.join(folder, 'sms-spam/SMSSpamCollection'), {
      ...{ label: 'Label', text: ['SMS'], delimiter: '\t', quotes: false },
    });
    expect(sms.length).to.equal(5574);
    expect(sms.classes).to.deep.equal(['ham', 'spam']);
    const spam = Array.from({ length: sms.length }, (_, i) => (sms.get(i) as { label: number }).label);
    expect(spam.reduce((a, b) => a + b)).to.equal(747);
  });
});
