import * as tf from '@tensorflow/tfjs';
import { ArgumentError, named } from '../../arguments.js';
import { lowerIntegers } from './lower.js';

/**
 * Has regions of integer ops run as one on the wasm backend, for models that TensorFlow.js loads by itself:
 * `tf.loadGraphModel(withIntegerRegions(packed(url)))`. Models that run through `@tfjs-optimize/core` do so anyway. On other
 * backends the graph is left as it is. Choose the backend first: a graph is rewritten while it is loaded.
 * Values inside of a region cannot be asked for by name, and such a graph cannot be saved.
 * @param handler what loads the model: that of `packed()`, or of `tf.io`.
 * @throws `argument/invalid` for what loads nothing.
 */
export function withIntegerRegions(handler: tf.io.IOHandler): tf.io.IOHandler {
  const load: unknown = (handler as Partial<tf.io.IOHandler> | undefined)?.load;
  if (typeof load !== 'function') {
    throw new ArgumentError(
      ...(['withIntegerRegions', 'what loads a model', named(handler)] as const),
      'Give it packed(url) or tf.io.browserHTTPRequest(url)',
    );
  }
  return {
    ...handler,
    load: async () => {
      await tf.ready();
      const artifacts = await (load as NonNullable<tf.io.IOHandler['load']>).call(handler);
      return tf.getBackend() === 'wasm' ? lowerIntegers(artifacts, outputsOf(artifacts)) : artifacts;
    },
  };
}

/** Names of values that a signature tells as outputs. */
function outputsOf({ signature, userDefinedMetadata }: tf.io.ModelArtifacts): string[] {
  const written =
    (userDefinedMetadata as { readonly signature?: unknown } | undefined)?.signature ?? signature;
  const outputs = (written as { readonly outputs?: Readonly<Record<string, { readonly name?: string }>> })
    ?.outputs;
  return Object.entries(outputs ?? {}).map(([key, { name }]) => name ?? key);
}
