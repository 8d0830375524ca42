import { expect } from 'chai';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { parseLabels, readLabels, topClasses } from '@tfjs-optimize/models';
import { imagenetLabels } from '@tfjs-optimize/models/imagenet';
import { expectCode, needShared, tempFolder } from '@tfjs-optimize/testing';
import * as tf from '@tensorflow/tfjs';
import { serve } from '../download/server.js';

const FISH = ['tench, Tinca tinca', 'goldfish', 'great white shark'];

/** The three fish in every form that is read. */
const FORMS: Readonly<Record<string, string>> = {
  lines: FISH.join('\n'),
  'lines of Windows, the last one ended, behind a byte order mark': `\uFEFF${FISH.join('\r\n')}\r\n`,
  'lines behind ids of WordNet': FISH.map((name, i) => `n0149119${i} ${name}`).join('\n'),
  'a JSON list': JSON.stringify(FISH),
  'a JSON object by number': ` ${JSON.stringify({ ...FISH })}`,
  "Keras' class index": JSON.stringify(
    Object.fromEntries(FISH.map((name, i) => [i, [`n0149119${i}`, name]])),
  ),
  'a config.json of transformers': JSON.stringify({ model_type: 'resnet', id2label: { ...FISH } }),
  'a config.json of timm': JSON.stringify({ architecture: 'resnet18', label_names: FISH }),
  'numbers in any order': JSON.stringify({ 2: FISH[2], 0: FISH[0], 1: FISH[1] }),
};

/** Texts that are refused, and what of them must be named. */
const REFUSED: Readonly<Record<string, readonly [text: string, named: RegExp]>> = {
  nothing: ['', /names of classes, got none/],
  'an empty list': ['[]', /names of classes, got none/],
  'a line left out': ['a\nb\n\nc\n', /line 3/],
  'a number left out': ['{"0": "a", "2": "c"}', /'2' where 1 was due/],
  'a class without a name': ['["a", null]', /class 1: expected a name, got null/],
  'a pair that holds no name': ['{"0": ["n01491190", 5]}', /class 0: expected a name, got 5/],
  'a config.json without names': ['{"architecture": "resnet18", "num_classes": 1000}', /'architecture'/],
  'a page of HTML': ['<!DOCTYPE html>\n<html>\n<body>Log in</body>\n</html>\n', /got a page of HTML/],
  'broken JSON': ['{"0": "a"', /expected JSON/],
  'names that are no names': ['{"id2label": 3}', /id2label: expected names/],
};

describe('labels of classes', () => {
  for (const [what, text] of Object.entries(FORMS)) {
    it(`reads ${what}`, () => {
      expect(parseLabels(text)).to.deep.equal(FISH);
    });
  }

  for (const [what, [text, named]] of Object.entries(REFUSED)) {
    it(`refuses ${what}`, async () => {
      const { message } = await expectCode('models/labels', () => parseLabels(text, 'fish.txt'));
      expect(message)
        .to.match(/^fish\.txt/)
        .and.match(named);
    });
  }

  it('keeps an id of WordNet that is the whole of a name, where others have none', () => {
    expect(parseLabels('n01491190 shark\ngoldfish')).to.deep.equal(['n01491190 shark', 'goldfish']);
  });

  it('reads files by path, with a checksum too, and refuses those that are missing or others', async () => {
    const file = path.join(tempFolder('labels'), 'fish.txt');
    fs.writeFileSync(file, FORMS['lines'] as string);
    expect(await readLabels(file)).to.deep.equal(FISH);
    await expectCode('models/checksum', () => readLabels(file, { sha256: '0'.repeat(64) }));
    await expectCode('io/not-found', () => readLabels(`${file}.not`));
    await expectCode('argument/invalid', () => readLabels(''));
    fs.writeFileSync(file, Uint8Array.of(0x61, 0xff));
    await expectCode('io/format', () => readLabels(file));
  });

  it('fetches a file once', async () => {
    const server = await serve(Buffer.from(FORMS["Keras' class index"] as string), '/index.json');
    const cache = tempFolder('labels');
    try {
      const options = { cache, sha256: server.sha256 };
      expect(await readLabels(server.url, options)).to.deep.equal(FISH);
      expect(await readLabels(server.url, { ...options, offline: true })).to.deep.equal(FISH);
      expect(server.requests).to.have.length(1);
    } finally {
      await server.close();
    }
  });
});

describe('labels that are refused once they are fetched', () => {
  it('do not stay in the cache: the next call fetches them anew', async () => {
    const server = await serve(Buffer.from('<html>\n<body>Log in</body></html>'), '/index.json');
    const cache = tempFolder('labels');
    try {
      const { message } = await expectCode('models/labels', () => readLabels(server.url, { cache }));
      expect(message).to.include(server.url).and.include(cache).and.include('a page of HTML');
      expect(fs.readdirSync(cache)).to.deep.equal([]);
      server.body = Buffer.from(FORMS['lines'] as string);
      expect(await readLabels(server.url, { cache })).to.deep.equal(FISH);
    } finally {
      await server.close();
    }
  });
});

describe('imagenetLabels', () => {
  before(() => tf.setBackend('cpu'));

  it('are 1000, each a trimmed name, and cannot be changed', () => {
    expect(imagenetLabels).to.have.length(1000);
    for (const label of imagenetLabels) expect(label).to.match(/^\S([^;\n]*\S)?$/);
    expect(Object.isFrozen(imagenetLabels)).to.equal(true);
  });

  it('stand at the numbers that networks give them', () => {
    const known = {
      0: 'tench',
      207: 'golden retriever',
      281: 'tabby',
      504: 'coffee mug',
      999: 'toilet tissue',
    };
    for (const [index, name] of Object.entries(known)) {
      expect(imagenetLabels[Number(index)]).to.match(new RegExp(`^${name}\\b`));
    }
  });

  it('are those of the 150 labelled photos, whose file writes jelly fish', function () {
    const file = path.join(needShared(this, 'data', 'imagenet-sample-150'), 'labels.csv');
    const rows = fs.readFileSync(file, 'utf8').trim().split('\n').slice(1);
    const wrong = rows.filter((row) => {
      const [, index, label] = /,n\d+,(\d+),"?(.*?)"?\s*$/.exec(row) as unknown as [string, string, string];
      return imagenetLabels[Number(index)] !== label.replace('jelly fish', 'jellyfish');
    });
    expect(wrong).to.deep.equal([]);
    expect(rows).to.have.length(150);
  });

  it('name what topClasses finds', async () => {
    const logits = tf.oneHot(tf.tensor1d([1], 'int32'), 1000).mul(20);
    const [found] = await topClasses(logits, { labels: imagenetLabels });
    expect(found?.[0]?.label).to.equal('goldfish, Carassius auratus');
    logits.dispose();
  });
});
