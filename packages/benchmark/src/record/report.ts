import type { JsonObject, Note, Recipe } from '@tfjs-optimize/core';
import * as v from 'valibot';
import {
  COST,
  HISTOGRAM,
  LAYER_LIMIT,
  ROOFLINE,
  SPARSITY_MAP,
  type CostRecord,
  type HistogramRecord,
  type LayerLimitRecord,
  type RooflineRecord,
  type SparsityMapRecord,
} from './cost.js';
import {
  COMPARISON,
  MACHINE,
  MEASUREMENT,
  type Comparison,
  type Machine,
  type Measurement,
} from './measurement.js';
import {
  BACKEND_TRIAL,
  BATCH_SWEEP,
  MEMORY,
  PROFILE,
  QUALITY,
  type BackendTrialRecord,
  type BatchSweepRecord,
  type MemoryRecord,
  type ProfileRecord,
  type QualityRecord,
} from './profile.js';
import {
  SENSITIVITY,
  SENSITIVITY_CURVES,
  type SensitivityCurvesRecord,
  type SensitivityRecord,
} from './sensitivity.js';
import { list, maybe, object, some, text, whole } from './shape.js';
import { TRAINING_EPOCH, type TrainingEpoch } from './training.js';

/** Version of the form of reports. */
export const REPORT_VERSION = 1;
/** What the `kind` of a report file says. */
export const REPORT_KIND = 'tfjs-optimize/report';

/** All that is known of one model; what was not asked for is absent. */
export interface ReportModel {
  readonly name: string;
  readonly cost: CostRecord;
  readonly measurement?: Measurement;
  readonly profile?: ProfileRecord;
  readonly limits?: readonly LayerLimitRecord[];
  readonly memory?: MemoryRecord;
  readonly batches?: BatchSweepRecord;
  readonly quality?: QualityRecord;
  readonly training?: readonly TrainingEpoch[];
  /** To quantization. */
  readonly sensitivity?: SensitivityRecord;
  /** To pruning; weights and channels apart. */
  readonly sensitivityCurves?: readonly SensitivityCurvesRecord[];
  readonly histograms?: readonly HistogramRecord[];
  readonly sparsity?: readonly SparsityMapRecord[];
}

/** Models before and after, or against each other: what a report draws. */
export interface ReportRecord {
  readonly kind: typeof REPORT_KIND;
  readonly version: typeof REPORT_VERSION;
  readonly title: string;
  /** When it was made, as ISO 8601 in UTC. */
  readonly made: string;
  readonly machine: Machine;
  /** At least one; the others are held against the first. */
  readonly models: readonly ReportModel[];
  readonly comparison?: Comparison;
  readonly roofline?: RooflineRecord;
  /** Backends that were tried with the last model, and its times on those that ran; the first is the baseline. */
  readonly backends?: readonly BackendTrialRecord[];
  readonly backendTimes?: Comparison;
  /** The run of passes between the first model and the last. */
  readonly recipe?: Recipe;
  /** What the passes did, declined and saw. */
  readonly notes?: readonly Note[];
  /** What else there is to know of how it was measured, such as where the inputs come from: sentences. */
  readonly remarks?: readonly string[];
}

const REPORT_MODEL: v.GenericSchema<ReportModel> = object({
  name: text,
  cost: COST,
  measurement: maybe(MEASUREMENT),
  profile: maybe(PROFILE),
  limits: maybe(list(LAYER_LIMIT)),
  memory: maybe(MEMORY),
  batches: maybe(BATCH_SWEEP),
  quality: maybe(QUALITY),
  training: maybe(some(TRAINING_EPOCH)),
  sensitivity: maybe(SENSITIVITY),
  sensitivityCurves: maybe(some(SENSITIVITY_CURVES)),
  histograms: maybe(list(HISTOGRAM)),
  sparsity: maybe(list(SPARSITY_MAP)),
});

const RECIPE = object({
  version: v.literal(1),
  seed: whole,
  passes: list(object({ name: text, options: v.custom<JsonObject>(isJsonObject) })),
});

const NOTE = object({
  pass: maybe(text),
  level: v.picklist(['info', 'warning']),
  kind: v.picklist(['did', 'declined', 'saw']),
  subject: maybe(text),
  message: text,
});

/** Checks a report. */
export const REPORT: v.GenericSchema<ReportRecord> = object({
  kind: v.literal(REPORT_KIND),
  version: v.literal(REPORT_VERSION),
  title: text,
  made: text,
  machine: MACHINE,
  models: v.pipe(v.array(REPORT_MODEL), v.minLength(1), v.readonly()),
  comparison: maybe(COMPARISON),
  roofline: maybe(ROOFLINE),
  backends: maybe(list(BACKEND_TRIAL)),
  backendTimes: maybe(COMPARISON),
  recipe: maybe(RECIPE),
  notes: maybe(list(NOTE)),
  remarks: maybe(list(text)),
});

function isJsonObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
