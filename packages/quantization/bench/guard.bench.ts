import type { BenchCase } from '@tfjs-optimize/benchmark';
import { backend, guard, makeContext, optimize, runPass, type Model } from '@tfjs-optimize/core';
import {
  calibratePass,
  quantizeStatic,
  sensitivity,
  splitActivationsPass,
  staticPass,
} from '@tfjs-optimize/quantization';
import {
  calibrating,
  classes,
  fused,
  mobileCase,
  MOBILENET,
  right,
  row,
  type Named,
  type Row,
} from './mobilenet.js';
import { photos } from './photos.js';

/** Layers that may be left in float. */
const MOST = 10;
/** How far the share of right answers may fall before `guard` backs off: one point. */
const MAX_DROP = 0.01;

/** Where backing off begins: static int8 as it is by default, or worse for want of correction. */
interface Start {
  readonly correctBias: boolean;
}

/** Photos of all that a model puts into the right class. */
function rightOf(model: Model): number {
  const { count, tensor } = photos();
  return right(classes(model, count, 10, tensor));
}

/** Ops of the network's layers where they are left in float. */
const FLOATS = ['Conv2D', '_FusedConv2D', 'DepthwiseConv2dNative', 'FusedDepthwiseConv2dNative'];

/** What `guard` leaves in float, and the photos that are right then. It sees the labels of all photos. */
async function guarded(model: Model, { correctBias }: Start, { progress }: Named) {
  const data = calibrating();
  const context = { inputs: { data }, evaluate: (each: Model) => rightOf(each) / photos().count };
  const { model: calibrated } = await optimize(model, [splitActivationsPass(), calibratePass()], context);
  const pass = guard(staticPass(correctBias ? { correctBias: 'data' } : {}), { maxDrop: MAX_DROP });
  const tell = { ...context, progress: ({ task }: { readonly task: string }) => progress(task) };
  const { model: result, notes } = await runPass(pass, calibrated, makeContext(tell));
  data.dispose();
  const said = notes.map(({ message }) => message).filter((message) => message.includes('the metric'));
  const inFloat = [...result.graph].filter(({ op }) => FLOATS.includes(op)).length;
  return { right: rightOf(result), inFloat, said: said.join('; ') };
}

const leftInFloat =
  (start: Start) =>
  async (context: Named): Row => {
    const { id, progress, quick } = context;
    const { name } = await backend.use();
    const model = await fused(MOBILENET);
    const { count } = photos();
    const float = rightOf(model);
    const data = calibrating();
    // By noise alone: labels are not looked at.
    const ranking = await sensitivity(model, { data, limit: count });
    progress(`what quantizing each layer alone does:\n${ranking.text()}`);
    const exclude = ranking.layers.slice(0, MOST).map(({ layer }) => layer);
    const whole = rightOf((await quantizeStatic(model, { data, ...start })).model);
    progress(`all in int8: ${whole} right of ${count}, float ${float}`);
    const mixed = rightOf((await quantizeStatic(model, { data, ...start, exclude })).model);
    data.dispose();
    progress(`${MOST} in float: ${mixed} right of ${count}`);
    const held = quick ? undefined : await guarded(model, start, context);
    const note =
      `right of ${count}: float ${float}, all in int8 ${whole}, the ${MOST} worst by sensitivity in float ${mixed} ` +
      `(${exclude.join(', ')})${held === undefined ? '' : `, by guard ${held.right} (${held.said})`}; float on ${name}`;
    const best = held !== undefined && held.inFloat <= MOST ? Math.max(mixed, held.right) : mixed;
    return row(id, (100 * (float - best)) / count, 'points', count, note, 1);
  };

export const cases: readonly BenchCase[] = [
  mobileCase(
    'quantization/mobilenet-v1-025-guard',
    `points of top 1 that static int8 loses with at most ${MOST} layers in float, by sensitivity or guard`,
    leftInFloat({ correctBias: true }),
  ),
  mobileCase(
    'quantization/mobilenet-v1-025-guard-uncorrected',
    'the same where biases are not corrected, so that more is to be won back',
    leftInFloat({ correctBias: false }),
  ),
];
