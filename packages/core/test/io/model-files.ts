import { toArtifacts, type Model } from '@tfjs-optimize/core';
import * as fs from 'node:fs';
import * as path from 'node:path';

/** A model.json that may be spoilt before it is written. */
export interface ModelFiles {
  json: Record<string, unknown> & {
    weightsManifest: { paths: string[]; weights: Record<string, unknown>[] }[];
    modelTopology: { node: Record<string, unknown>[] };
  };
  /** Contents of weight files by path. */
  shards: Map<string, Uint8Array>;
}

/** Cuts bytes at the given places. */
export function cutAt(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const ends = [...places, bytes.length];
  return ends.map((end, i) => bytes.subarray(i === 0 ? 0 : ends[i - 1], end));
}

/** The files of a model in one group, its weights cut at the given places. */
export function filesOf(model: Model, places: readonly number[] = []): ModelFiles {
  const { weightSpecs, weightData, ...json } = toArtifacts(model);
  const parts = cutAt(new Uint8Array(weightData as ArrayBuffer), places);
  const paths = parts.map((_, i) => `shard${i + 1}.bin`);
  const manifest = [{ paths, weights: weightSpecs }];
  const copy = JSON.parse(JSON.stringify({ ...json, weightsManifest: manifest })) as ModelFiles['json'];
  return { json: copy, shards: new Map(paths.map((name, i) => [name, parts[i] as Uint8Array])) };
}

/** Writes files into a folder and returns the path of the model.json. */
export function writeFiles(folder: string, { json, shards }: ModelFiles): string {
  fs.mkdirSync(folder, { recursive: true });
  for (const [name, bytes] of shards) {
    const file = path.join(folder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, bytes);
  }
  const file = path.join(folder, 'model.json');
  fs.writeFileSync(file, JSON.stringify(json satisfies object));
  return file;
}

/** Every file below a folder with its contents, sorted by path. */
export function listFiles(folder: string): [name: string, contents: string][] {
  const names = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => fs.statSync(path.join(folder, name)).isFile())
    .sort()
    .map((name) => [name, fs.readFileSync(path.join(folder, name), 'latin1')]);
}

/** The only group of a manifest. */
export function groupOf({ json }: ModelFiles): ModelFiles['json']['weightsManifest'][number] {
  const [group] = json.weightsManifest;
  if (group === undefined) throw new Error('the model.json has no group of weights');
  return group;
}
