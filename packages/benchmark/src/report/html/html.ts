/** Text that is HTML already: made by {@link html} alone, so that whatever else is put into a page is escaped. */
export class Html {
  constructor(readonly text: string) {}
  toString(): string {
    return this.text;
  }
}

/** What can stand in a template: text is escaped, HTML is not, lists are joined, nothing is empty. */
export type Piece = Html | string | number | undefined | false | readonly Piece[];

/**
 * A template literal as HTML; every value in it is escaped, in text as in quoted attributes. The
 * indentation of the template itself is left out, which in a page would only cost bytes.
 */
export function html(parts: TemplateStringsArray, ...pieces: readonly Piece[]): Html {
  return new Html(parts.map((part, i) => render(pieces[i - 1]) + part.replace(INDENTATION, '\n')).join(''));
}

const INDENTATION = /\n\s*/g;

/** A name that may be broken after the signs between its parts, which browsers do not do by themselves. */
export function breakable(name: string): Html {
  return new Html(escapeHtml(name).replace(/[_/.:-](?=\w)/g, '$&<wbr>'));
}

/** HTML that comes from a place that is trusted: a stylesheet or a drawing of our own. */
export function trusted(text: string): Html {
  return new Html(text);
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** The text with the characters that mean something in HTML written as entities. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] as string);
}

/**
 * A value as JSON that can stand in a script element: `<` is written as an escape, so that no name in it
 * ends the element or begins a comment, and so are the line separators that JavaScript once forbade.
 */
export function scriptJson(value: unknown): Html {
  const escapes = /[<\u2028\u2029]/g;
  return new Html(
    JSON.stringify(value).replace(
      escapes,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
    ),
  );
}

function render(piece: Piece): string {
  if (piece === undefined || piece === false) return '';
  if (piece instanceof Html) return piece.text;
  if (typeof piece === 'string') return escapeHtml(piece);
  return typeof piece === 'number' ? String(piece) : piece.map(render).join('');
}
