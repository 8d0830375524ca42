import * as tf from '@tensorflow/tfjs';
import { fail, loadPackage, type Loaded } from '@tfjs-optimize/core';
import { faultOf, PACKAGES, type PackageName } from './diagnose.js';

/** A SavedModel in a session of TensorFlow: the part of tfjs-node's `TFSavedModel` that is used here. */
export interface LoadedSavedModel {
  predict(inputs: Readonly<Record<string, tf.Tensor>>): Readonly<Record<string, tf.Tensor>>;
  dispose(): void;
}

/** What is used of `tf.node`; its own types are not there where it is not installed. */
export interface TfNode {
  loadSavedModel(path: string): Promise<LoadedSavedModel>;
}

/** A tfjs-node that was loaded. */
export interface TfjsNode {
  readonly package: PackageName;
  readonly node: TfNode;
}

/** The name under which both packages register their backend. */
export const TENSORFLOW = 'tensorflow';

/**
 * Loads `@tensorflow/tfjs-node-gpu`, or else `@tensorflow/tfjs-node`, and makes its backend `tensorflow` the one in
 * use. Of two that are there the one that is loaded already counts. What Node 23 removed and tfjs-node 4.22 calls is
 * given back before.
 *
 * @throws `native/missing`, with the step that failed and the command to run, where neither is installed whole.
 */
export function loadTfjsNode(): Promise<TfjsNode> {
  return findTfjsNode(loadPackage, packageInUse());
}

/** As {@link loadTfjsNode}, by a way to load packages, and with the one that is loaded already. */
export async function findTfjsNode(
  load: (name: string) => Promise<Loaded>,
  inUse?: PackageName,
): Promise<TfjsNode> {
  let broken: readonly [name: PackageName, cause: unknown] | undefined;
  for (const name of inUse === undefined ? PACKAGES : [inUse]) {
    const loaded = await load(name);
    if (loaded.found) return start(name, loaded.module);
    if (!loaded.missing) broken ??= [name, loaded.cause];
  }
  if (broken !== undefined) fail('native/missing', faultOf(...broken));
  return fail('native/missing', {
    subject: 'TensorFlow',
    expected: `the package ${PACKAGES[1]} or ${PACKAGES[0]}`,
    got: 'neither of them installed',
    advice: `Run npm install ${PACKAGES[1]}`,
  });
}

async function start(name: PackageName, module: unknown): Promise<TfjsNode> {
  const { node, default: main } = module as { node?: TfNode; default?: { node?: TfNode } };
  const found = node ?? main?.node;
  try {
    if (found === undefined) throw new Error('it has no tf.node');
    if (!(await tf.setBackend(TENSORFLOW))) throw new Error('its backend did not start');
    return { package: name, node: found };
  } catch (error) {
    return fail('native/missing', faultOf(name, error));
  }
}

/** Whether tfjs-node was loaded, by us or by others. */
export function isLoaded(): boolean {
  return tf.engine().registryFactory[TENSORFLOW] !== undefined;
}

function packageInUse(): PackageName | undefined {
  const backend = tf.engine().registry[TENSORFLOW] as { isGPUPackage?: boolean } | undefined;
  return backend === undefined ? undefined : PACKAGES[backend.isGPUPackage === true ? 0 : 1];
}
