import type { StockBackend } from './stock.js';

/** Tells when the data of a tensor is gone. */
export class Lifetimes {
  private readonly ends = new Map<object, (() => void)[]>();

  constructor(backend: StockBackend) {
    const dispose = backend.disposeData.bind(backend);
    backend.disposeData = (dataId, force) => {
      const gone = dispose(dataId, force);
      if (gone) this.end(dataId);
      return gone;
    };
  }

  /** Calls a function once, when the backend has freed what a dataId stands for. */
  whenGone(dataId: object, release: () => void): void {
    const all = this.ends.get(dataId);
    if (all === undefined) this.ends.set(dataId, [release]);
    else all.push(release);
  }

  private end(dataId: object): void {
    const all = this.ends.get(dataId);
    this.ends.delete(dataId);
    for (const release of all ?? []) release();
  }
}
