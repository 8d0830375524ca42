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
