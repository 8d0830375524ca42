import { createRequire } from 'node:module';

/** Why nothing can be measured: undefined where tfjs-node is installed. */
export function missingTfjsNode(): string | undefined {
  const require = createRequire(__filename);
  const isThere = (name: string): boolean => {
    try {
      return require.resolve(name) !== '';
    } catch {
      return false;
    }
  };
  return ['@tensorflow/tfjs-node', '@tensorflow/tfjs-node-gpu'].some(isThere)
    ? undefined
    : '@tensorflow/tfjs-node is not installed';
}
