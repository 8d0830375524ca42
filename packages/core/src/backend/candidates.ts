/** Backends by the names that users give; the first two share TensorFlow's name `tensorflow`. */
export const BACKEND_NAMES = ['tfjs-node-gpu', 'tfjs-node', 'webgpu', 'webgl', 'wasm', 'cpu'] as const;
export type BackendName = (typeof BACKEND_NAMES)[number];

/** What it takes to start a backend. */
export interface Candidate {
  readonly name: BackendName;
  /** The name under which TensorFlow.js registers it. */
  readonly registered: string;
  /** The npm package that brings it; none for those that `@tensorflow/tfjs` holds. */
  readonly package?: string;
  /** Another package that it needs in Node. */
  readonly inNode?: string;
  /** Where 'auto' tries it, best first: in Node, in a browser or in both. */
  readonly auto: readonly ('node' | 'browser')[];
}

/** In the order in which 'auto' tries them. */
export const CANDIDATES: readonly Candidate[] = [
  { name: 'tfjs-node-gpu', registered: 'tensorflow', package: '@tensorflow/tfjs-node-gpu', auto: ['node'] },
  {
    name: 'webgpu',
    registered: 'webgpu',
    package: '@tensorflow/tfjs-backend-webgpu',
    inNode: 'webgpu',
    auto: ['node'],
  },
  { name: 'tfjs-node', registered: 'tensorflow', package: '@tensorflow/tfjs-node', auto: ['node'] },
  { name: 'webgl', registered: 'webgl', auto: ['browser'] },
  { name: 'wasm', registered: 'wasm', package: '@tensorflow/tfjs-backend-wasm', auto: ['node', 'browser'] },
  { name: 'cpu', registered: 'cpu', auto: ['node', 'browser'] },
];
