import { loadModel } from '@tfjs-optimize/core';
import { EXIT } from '../exit.js';
import { int8Kernels } from '../int8-kernels.js';
import { fusable } from '../inspect/fusable.js';
import { inspectionOf } from '../inspect/inspection.js';
import { measure } from '../inspect/measure.js';
import { inspectionDocument, inspectionText } from '../inspect/render.js';
import { inputsInWords, startBackend, tryInputs, type MeasuringOptions } from '../measuring.js';
import type { Outcome, Session } from '../session.js';
import { notesDocument, renderNotes } from '../terminal/notes.js';

/** Options of `tfjs-optimize inspect`. */
export interface InspectOptions extends MeasuringOptions {
  readonly verbose?: boolean;
}

/** Shows what a model is made of and what can be fused. */
export async function inspect(location: string, options: InspectOptions, session: Session): Promise<Outcome> {
  const watch = { signal: session.signal, progress: session.progress.update.bind(session.progress) };
  const { name } = await startBackend(options);
  const model = await loadModel(location, watch);
  try {
    await int8Kernels([model], [name]);
    watch.progress({ task: 'running the model' });
    const trial = await tryInputs(model, options);
    const { inputs, why: notMeasured } = trial;
    const measured = inputs === undefined ? undefined : await measure(model, inputs, session.signal);
    const ranOn = inputs === undefined ? undefined : inputsInWords(model, inputs, options);
    watch.progress({ task: 'looking for what can be fused' });
    const found = inspectionOf(model, {
      measured,
      ranOn,
      notMeasured,
      fusable: await fusable(model, session.signal),
    });
    const all = options.verbose === true;
    const notes = model.source.notes ?? [];
    return {
      status: EXIT.ok,
      document: { ...inspectionDocument(found), notes: notesDocument(notes) },
      text: () =>
        [inspectionText(found, session.colours, all), ...renderNotes(notes, session.colours, all)].join('\n'),
    };
  } finally {
    model.dispose();
  }
}
