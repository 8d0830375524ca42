import { expectCode } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import { type DeviceGuard, endDevices, guardOf } from '../../../src/backend/webgpu/guard.js';
import { FakeDevice, GPUOutOfMemoryError } from '../doubles.js';

/** A backend of which every read gives zeros, as one does whose device failed. */
function backendOn(device: FakeDevice) {
  return {
    device,
    read: (_dataId: object): Promise<unknown> => Promise.resolve(new Float32Array(2)),
    readSync: (_dataId: object): unknown => new Float32Array(2),
  };
}

function guarded() {
  const device = new FakeDevice();
  const backend = backendOn(device);
  return { device, backend, guard: guardOf(backend) as DeviceGuard };
}

describe('a guarded device', () => {
  const tensor = {};

  it('has one guard, and other backends have none', () => {
    const { backend, guard } = guarded();
    expect(guardOf(backend)).to.equal(guard);
    expect(guardOf({})).to.equal(undefined);
    expect(guardOf({ device: {} })).to.equal(undefined);
  });

  it('is read as before while nothing happens', async () => {
    const { backend, guard } = guarded();
    guard.check();
    expect(guard.hasFailed).to.equal(false);
    expect(await backend.read(tensor)).to.deep.equal(new Float32Array(2));
    expect(backend.readSync(tensor)).to.deep.equal(new Float32Array(2));
  });

  it('that is lost says so to whoever reads or asks, and what to do', async () => {
    const { device, backend, guard } = guarded();
    const told: unknown[] = [];
    guard.onLost((loss) => told.push(loss));
    await device.lose('driver was updated');
    expect(told).to.deep.equal([{ reason: 'unknown', message: 'driver was updated' }]);
    const error = await expectCode('backend/lost', () => backend.read(tensor));
    expect(error.message)
      .to.include('(unknown: driver was updated)')
      .and.include("await backend.use('webgpu')");
    await expectCode('backend/lost', () => guard.check());
  });

  it('that is lost while a value is read fails that read by its own reason, not by an empty one', async () => {
    const device = new FakeDevice();
    const backend = backendOn(device);
    backend.read = () => {
      void device.lose('');
      return Promise.reject(new Error(''));
    };
    guardOf(backend);
    expect((await expectCode('backend/lost', () => backend.read(tensor))).message).to.include('(unknown)');
  });

  it('that runs out of memory gives no zeros for values, and tells how much was asked for', async () => {
    const { device, backend, guard } = guarded();
    device.onCreate = () => device.report(new GPUOutOfMemoryError('vkAllocateMemory failed\n at line 3'));
    device.createBuffer({ size: 64e6, usage: 0 });
    expect(guard.hasFailed).to.equal(true);
    const error = await expectCode('backend/memory', () => backend.read(tensor));
    expect(error.message).to.match(
      /expected memory for 64\.0 MB on its device, got vkAllocateMemory failed\. Use a smaller batch\. /,
    );
  });

  it('that has no room for values to be written at once fails there', async () => {
    const { device, guard } = guarded();
    device.onCreate = () => {
      throw new RangeError('createBuffer failed');
    };
    const error = await expectCode('backend/memory', () => device.createBuffer({ size: 8e6, usage: 0 }));
    expect(error.message).to.include('memory for 8.00 MB');
    expect(error.cause).to.be.instanceOf(RangeError);
    await expectCode('backend/memory', () => guard.check());
  });

  it('is not asked for more than a tensor may have, and is as good as before', async () => {
    const { device, guard } = guarded();
    const error = await expectCode('backend/memory', () =>
      device.createBuffer({ size: 2 ** 28 + 4, usage: 0 }),
    );
    expect(error.message).to.include('tensors of at most 268 MB').and.include('one of 268 MB');
    guard.check();
    device.createBuffer({ size: 2 ** 28, usage: 0 });
  });

  it('that refuses what it was given fails by what came first', async () => {
    const { device, backend } = guarded();
    device.report({ message: 'shader does not compile\nmore' });
    device.report({ message: 'invalid due to a previous error' });
    const error = await expectCode('model/run', () => backend.read(tensor));
    expect(error.message).to.include('got shader does not compile.');
  });

  it('says that values are to be awaited where they cannot be had at once', async () => {
    const device = new FakeDevice();
    const backend = backendOn(device);
    const cause = new ReferenceError('OffscreenCanvas is not defined');
    backend.readSync = () => {
      throw cause;
    };
    guardOf(backend);
    const error = await expectCode('backend/sync-read', () => backend.readSync(tensor));
    expect(error.message).to.include('await tensor.data()');
    expect(error.cause).to.equal(cause);
  });

  it('that is retired ends without being reported lost', async () => {
    const { device, guard } = guarded();
    guard.retire();
    expect(device.isDestroyed).to.equal(true);
    await device.lose('destroyed');
    guard.check();
  });

  it('whose process ends tells no listener of a loss', async () => {
    const { device, guard } = guarded();
    const losses: unknown[] = [];
    guard.onLost((loss) => losses.push(loss));
    endDevices();
    expect(device.isDestroyed).to.equal(true);
    await device.lose('destroyed');
    expect(losses).to.deep.equal([]);
  });
});
