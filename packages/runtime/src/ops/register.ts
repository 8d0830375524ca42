/** Registers the ops of integer graphs with TensorFlow.js, once. */
export function registerOps(): void {
  // Filled by the ops themselves.
}
