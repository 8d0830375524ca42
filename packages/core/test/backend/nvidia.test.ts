import { expect } from 'chai';
import { deviceOf } from '../../src/backend/device.js';
import { thisHost, type Host } from '../../src/backend/host.js';
import { cudaDevice, nvidiaDevices, withNvidiaFacts } from '../../src/backend/nvidia.js';
import { H200, surroundings, SWIFTSHADER } from './doubles.js';

const printing = (text: string | undefined): Host =>
  surroundings({}, { output: (program) => Promise.resolve(program === 'nvidia-smi' ? text : undefined) });

const FOUND = {
  name: 'NVIDIA H200',
  kind: 'hardware',
  driver: '550.90.07',
  memoryBytes: 143771 * 2 ** 20,
  computeCapability: '9.0',
} as const;

describe('devices of NVIDIA', () => {
  it('are what nvidia-smi lists', async () => {
    expect(await nvidiaDevices(printing('NVIDIA H200, 143771, 9.0, 550.90.07\n'))).to.deep.equal([FOUND]);
  });

  it('leave out what an old driver does not know', async () => {
    expect(await nvidiaDevices(printing('Tesla K80, [N/A], [N/A], 470.42'))).to.deep.equal([
      { name: 'Tesla K80', kind: 'hardware', driver: '470.42' },
    ]);
  });

  it('are none without the tool, or where it finds nothing', async () => {
    expect(await nvidiaDevices(printing(undefined))).to.deep.equal([]);
    expect(await nvidiaDevices(printing('No devices were found\n'))).to.deep.equal([]);
    expect(await thisHost.output('no-such-program-here', [])).to.equal(undefined);
    expect(await thisHost.output(process.execPath, ['-e', 'process.exit(1)'])).to.equal(undefined);
    expect(await thisHost.output(process.execPath, ['-p', '6*7'])).to.equal('42\n');
  });

  it('the one that CUDA takes is told where all are of one kind', async () => {
    const line = 'NVIDIA H200, 143771, 9.0, 550.90.07\n';
    expect(await cudaDevice(printing(line + line))).to.deep.equal(FOUND);
    expect(await cudaDevice(printing(`${line}NVIDIA L4, 23034, 8.9, 550.90.07\n`))).to.equal(undefined);
    expect(await cudaDevice(printing(undefined))).to.equal(undefined);
  });

  it('are matched with what WebGPU found, by its way of writing names', async () => {
    const device = deviceOf(H200, ['shader-f16'], {});
    const host = printing('NVIDIA L4, 23034, 8.9, 550.90.07\nNVIDIA H200, 143771, 9.0, 550.90.07\n');
    expect(await withNvidiaFacts(host, device)).to.deep.equal({ ...FOUND, features: ['shader-f16'] });
    expect(await withNvidiaFacts(printing(undefined), device)).to.equal(device);
    const other = deviceOf({ ...H200, device: 'nvidia-geforce' }, [], {});
    expect(await withNvidiaFacts(host, other)).to.equal(other);
    const software = deviceOf(SWIFTSHADER, [], {});
    expect(await withNvidiaFacts(host, software)).to.equal(software);
  });
});
