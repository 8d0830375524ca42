import { expect } from 'chai';
import { deviceOf, deviceText } from '../../src/backend/device.js';
import { H200, SWIFTSHADER } from './doubles.js';

describe('deviceOf', () => {
  const limits = { maxBufferSize: 2 ** 32, maxStorageBufferBindingSize: 2 ** 31 };

  it('tells name, driver, features in order and the largest tensor', () => {
    expect(deviceOf(H200, new Set(['subgroups', 'shader-f16']), limits)).to.deep.equal({
      name: 'nvidia-h200',
      kind: 'hardware',
      driver: 'NVIDIA: 550.90.07 550.90.7.0',
      features: ['shader-f16', 'subgroups'],
      maxTensorBytes: 2 ** 31,
    });
  });

  it('knows software by what it says of itself, also where it is not flagged', () => {
    const kindOf = (info: object) => {
      const { name, kind } = deviceOf(info, [], {});
      return `${name}: ${kind}`;
    };
    expect(kindOf(SWIFTSHADER)).to.equal('SwiftShader: software');
    expect(kindOf({ ...SWIFTSHADER, isFallbackAdapter: false })).to.equal('SwiftShader: software');
    expect(kindOf({ vendor: 'mesa', device: 'llvmpipe-llvm-15-0-6-256-bits-' })).to.equal(
      'llvmpipe: software',
    );
    expect(kindOf({ description: 'Microsoft Basic Render Driver' })).to.match(
      /^Microsoft Basic .*: software$/,
    );
    expect(kindOf({ device: 'null-backend' })).to.match(/: software$/);
    expect(kindOf({ vendor: 'acme', architecture: 'soft', isFallbackAdapter: true })).to.equal(
      'acme soft: software',
    );
  });

  it('names devices of browsers, which tell little, and those that tell nothing', () => {
    expect(deviceOf({ vendor: 'apple', architecture: 'metal-3', device: '' }, [], {})).to.deep.equal({
      name: 'apple metal-3',
      kind: 'hardware',
      features: [],
    });
    expect(deviceOf({}, [], {}).name).to.equal('a device without a name');
  });
});

describe('deviceText', () => {
  it('puts what is known into brackets', () => {
    const device = { name: 'NVIDIA H200', kind: 'hardware' } as const;
    expect(deviceText(device)).to.equal('NVIDIA H200');
    const known = { ...device, memoryBytes: 150e9, computeCapability: '9.0', driver: '550.90.07' };
    expect(deviceText(known)).to.equal('NVIDIA H200 (150 GB, compute capability 9.0, driver 550.90.07)');
    expect(
      deviceText({ name: 'SwiftShader', kind: 'software', driver: 'SwiftShader driver 5.0.0' }),
    ).to.equal('SwiftShader (SwiftShader driver 5.0.0)');
  });
});
