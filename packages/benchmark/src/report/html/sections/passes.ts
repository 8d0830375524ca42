import { stringifyRecipe, type Json, type JsonObject, type Note } from '@tfjs-optimize/core';
import { exact } from '../../format.js';
import { html, trusted, type Html } from '../html.js';
import { table } from '../table.js';
import { card, lead, type MakeSection } from '../view.js';

/** A pass as a recipe holds it; those that hold others have them in their options. */
interface Entry {
  readonly name: string;
  readonly options: JsonObject;
}

/** The run of passes, as a list and as the file that replays it. */
export const recipeSection: MakeSection = ({ record: { recipe } }) => {
  if (recipe === undefined) return undefined;
  const body = html`${lead(`Passes in the order in which they ran, with seed ${recipe.seed}. Saved as a file the recipe replays the run.`)}
    <div class="card long">
      ${entryList(recipe.passes, 0)}
      <details>
        <summary>As JSON</summary>
        <pre tabindex="0"><code>${stringifyRecipe(recipe)}</code></pre>
      </details>
    </div>`;
  return { id: 'recipe', title: 'Recipe', body };
};

/** Deeper recipes are told by their JSON alone. */
const DEEPEST = 8;

function entryList(entries: readonly Entry[], depth: number): Html {
  return html`<ol class="${depth === 0 ? 'recipe' : ''}">
    ${entries.map((entry) => html`<li>${entryText(entry, depth)}</li>`)}
  </ol>`;
}

function entryText({ name, options }: Entry, depth: number): Html {
  const { passes, ...rest } = options;
  const inner = isEntries(passes) && depth < DEEPEST ? passes : undefined;
  const shown = inner === undefined ? options : rest;
  const words = Object.entries(shown).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
  return html`<code>${name}</code
    >${words.length > 0 && html` <span class="options"><code>${words.join(', ')}</code></span>`}
    ${inner && entryList(inner, depth + 1)}`;
}

function isEntries(value: Json | undefined): value is (Json & Entry)[] {
  return (
    Array.isArray(value) &&
    value.every((item) => {
      const { name, options } = (item ?? {}) as { name?: unknown; options?: unknown };
      return typeof name === 'string' && typeof options === 'object' && options !== null;
    })
  );
}

const KINDS = { did: 'better', declined: 'same', saw: 'same' } as const;

/** What the passes did, declined and saw: counted by pass, and each note where they are many on demand. */
export const notesSection: MakeSection = ({ record: { notes = [] } }) => {
  if (notes.length === 0) return undefined;
  const list = table<Note>({
    label: 'Notes of the passes',
    columns: [
      { label: 'Subject', cell: ({ subject }) => subject ?? '', sort: ({ subject }) => subject ?? '' },
      { label: 'Kind', cell: kindTag, sort: ({ level, kind }) => `${level === 'warning' ? 0 : 1} ${kind}` },
      { label: 'Pass', cell: ({ pass }) => pass ?? '', sort: ({ pass }) => pass ?? '' },
      { label: 'Note', cell: ({ message }) => message },
    ],
    rows: notes,
    filter: { noun: 'notes' },
    tall: notes.length > FEW,
  });
  const body =
    notes.length > FEW
      ? html`${card(countTable(notes))}
          <details class="card long model">
            <summary>All ${exact(notes.length)} notes</summary>
            ${list}
          </details>`
      : card(list);
  return { id: 'notes', title: 'What the passes did', body };
};

/** How many notes of each kind each pass left, in the order of the passes. */
function countTable(notes: readonly Note[]): Html {
  const counted = (pass: string, is: (note: Note) => boolean): string => {
    const n = notes.filter((note) => (note.pass ?? '') === pass && is(note)).length;
    return n === 0 ? '–' : exact(n);
  };
  return table({
    label: 'Notes by pass',
    columns: [
      { label: 'Pass', cell: (pass) => pass },
      { label: 'Did', right: true, cell: (pass) => counted(pass, ({ kind }) => kind === 'did') },
      { label: 'Declined', right: true, cell: (pass) => counted(pass, ({ kind }) => kind === 'declined') },
      { label: 'Saw', right: true, cell: (pass) => counted(pass, ({ kind }) => kind === 'saw') },
      { label: 'Warnings', right: true, cell: (pass) => counted(pass, ({ level }) => level === 'warning') },
    ],
    rows: [...new Set(notes.map(({ pass }) => pass ?? ''))],
  });
}

/** More notes than this open on demand. */
const FEW = 25;

function kindTag({ kind, level }: Note): Html {
  const tone = level === 'warning' ? 'worse' : KINDS[kind];
  return html`<span class="tag ${trusted(tone)}">${level === 'warning' ? `${kind}, warning` : kind}</span>`;
}
