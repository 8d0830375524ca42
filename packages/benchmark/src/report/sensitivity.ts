import type { SensitivityCurvesRecord, SensitivityRecord } from '../record/sensitivity.js';

/** How the layers of a model take being quantized (the first), being pruned, or both. */
export type SensitivityGiven =
  SensitivityRecord | SensitivityCurvesRecord | readonly (SensitivityRecord | SensitivityCurvesRecord)[];

/** What a report holds of it. */
export interface SensitivityParts {
  readonly sensitivity: SensitivityRecord | undefined;
  readonly sensitivityCurves: readonly SensitivityCurvesRecord[] | undefined;
}

/** What records hold of it, without methods; numbers that are not finite are left out. */
export function sensitivityParts(given: SensitivityGiven | undefined): SensitivityParts {
  const all = given === undefined ? [] : isList(given) ? given : [given];
  const found = all.filter(({ layers }) => layers.length > 0);
  const quantized = found.find((each): each is SensitivityRecord => !isCurves(each));
  const curves = found.filter(isCurves).map(curvesOf);
  return {
    sensitivity: quantized && rowsOf(quantized),
    sensitivityCurves: curves.length === 0 ? undefined : curves,
  };
}

function isList(given: SensitivityGiven): given is readonly (SensitivityRecord | SensitivityCurvesRecord)[] {
  return Array.isArray(given);
}

function isCurves(given: SensitivityRecord | SensitivityCurvesRecord): given is SensitivityCurvesRecord {
  return 'kind' in given;
}

function rowsOf({ layers, examples, bits, score }: SensitivityRecord): SensitivityRecord {
  return {
    layers: layers.map(({ layer, nodes, op, sqnr, cosine, drop }) => ({
      layer,
      nodes: [...nodes],
      op,
      sqnr: finite(sqnr) ?? null,
      ...ifFinite({ cosine, drop }),
    })),
    examples,
    bits,
    ...ifFinite({ score }),
  };
}

function curvesOf({ kind, layers, examples, score }: SensitivityCurvesRecord): SensitivityCurvesRecord {
  return {
    kind,
    layers: layers.map(({ layer, op, size, points }) => ({
      layer,
      op,
      size,
      points: points.map(({ ratio, pruned, drop, snr, cosine }) => ({
        ratio,
        pruned,
        ...(drop !== undefined && { drop: finite(drop) ?? null }),
        ...(snr !== undefined && { snr: finite(snr) ?? null }),
        ...ifFinite({ cosine }),
      })),
    })),
    ...ifFinite({ examples, score }),
  };
}

const finite = (value: number | null | undefined): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;

/** The numbers that are finite. */
function ifFinite<K extends string>(numbers: Readonly<Record<K, number | undefined>>): { [P in K]?: number } {
  const found = Object.entries(numbers).filter(
    ([, value]) => finite(value as number | undefined) !== undefined,
  );
  return Object.fromEntries(found) as { [P in K]?: number };
}
