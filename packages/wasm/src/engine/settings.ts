let enabled = true;

/**
 * Whether the kernels of this package run, or those that the wasm backend came with: to compare the two in one
 * process. On unless set.
 */
export function setEnabled(on: boolean): void {
  enabled = on;
}

export function isEnabled(): boolean {
  return enabled;
}

let deterministic = false;

/**
 * Whether results agree bit for bit on all machines: kernels then leave out relaxed SIMD, whose fused
 * multiply-add rounds once where the processor has it and twice where not. Off unless set.
 */
export function setDeterministic(on: boolean): void {
  deterministic = on;
}

export function isDeterministic(): boolean {
  return deterministic;
}

let winograd = true;

/**
 * Whether convolutions with 3 × 3 filters and stride 1 may use Winograd's algorithm, which takes a quarter of the
 * multiplications. On unless set. Its results are off by more: see docs/kernels.md.
 */
export function setWinograd(on: boolean): void {
  winograd = on;
}

export function usesWinograd(): boolean {
  return winograd;
}
