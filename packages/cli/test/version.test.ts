import { expect } from 'chai';
import { VERSION } from '../src/version.js';
import manifest from '../package.json';

describe('VERSION', () => {
  it('is that of package.json', () => expect(VERSION).to.equal(manifest.version));
});
