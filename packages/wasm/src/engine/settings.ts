import { requireFlag } from '../arguments.js';

interface Settings {
  enabled?: boolean;
  deterministic?: boolean;
  winograd?: boolean;
}

/**
 * All copies of this package in a program share their settings: TensorFlow.js keeps the kernels of one of them only,
 * and another one may be what a caller imported.
 */
const KEY = Symbol.for('@tfjs-optimize/wasm settings');
const settings = ((globalThis as { [KEY]?: Settings })[KEY] ??= {});

/**
 * Whether the kernels of this package run, or those that the wasm backend came with: to compare the two in one
 * process. On unless set.
 */
export function setEnabled(on: boolean): void {
  requireFlag('setEnabled', on);
  settings.enabled = on;
}

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

export function isDeterministic(): boolean {
  return settings.deterministic ?? false;
}

/**
 * Whether convolutions with 3 × 3 filters and stride 1 may use Winograd's algorithm, which takes a quarter of the
 * multiplications. On unless set. Its results are off by more: see docs/kernels.md.
 */
export function setWinograd(on: boolean): void {
  requireFlag('setWinograd', on);
  settings.winograd = on;
}

export function usesWinograd(): boolean {
  return settings.winograd ?? true;
}
