import { requireFlag } from '../arguments.js';

interface Settings {
  enabled?: boolean;
  deterministic?: boolean;
  winograd?: boolean;
  choosing?: boolean;
}

/**
 * All copies of this package in a program share their settings: TensorFlow.js keeps the kernels of one of them only,
 * and another one may be what a caller imported.
 */
const KEY = Symbol.for('@tfjs-optimize/wasm settings');
const settings = ((globalThis as { [KEY]?: Settings })[KEY] ??= {});

/**
 * Whether the kernels of this package run, or those that the wasm backend came with: to compare the two in one
 * process. Where the backend has none, such as for gradients of convolutions, a plain and slow one of this package
 * remains. On unless set.
 */
export function setEnabled(on: boolean): void {
  requireFlag('setEnabled', on);
  settings.enabled = on;
}

/** Whether the kernels of this package run. */
export function isEnabled(): boolean {
  return settings.enabled ?? true;
}

/**
 * Whether results agree bit for bit on all machines: kernels then leave out relaxed SIMD, whose fused
 * multiply-add rounds once where the processor has it and twice where not. Off unless set.
 */
export function setDeterministic(on: boolean): void {
  requireFlag('setDeterministic', on);
  settings.deterministic = on;
}

/** Whether relaxed SIMD is left out. */
export function isDeterministic(): boolean {
  return settings.deterministic ?? false;
}

/**
 * Whether convolutions with 3 × 3 filters and stride 1 may use Winograd's algorithm, which takes a quarter of the
 * multiplications. On unless set. Its results are off by more, and NaN, infinities and overflow spread over tiles of
 * 4 × 4 pixels: see docs/kernels.md.
 */
export function setWinograd(on: boolean): void {
  requireFlag('setWinograd', on);
  settings.winograd = on;
}

/** Whether convolutions may use Winograd's algorithm. */
export function usesWinograd(): boolean {
  return settings.winograd ?? true;
}

/** Whether shapes go to the backend's own kernel where that is faster. On but for tests of ours. */
export function setChoosing(on: boolean): void {
  settings.choosing = on;
}

export function isChoosing(): boolean {
  return settings.choosing ?? true;
}
