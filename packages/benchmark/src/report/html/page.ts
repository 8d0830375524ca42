import { PAGE_SCRIPT, PAGE_SCRIPT_HASH } from './page-script.js';
import { html, scriptJson, trusted, type Html } from './html.js';
import { madeText } from './sections/small.js';
import { STYLE } from './style.js';
import type { Section } from './view.js';

/** What stands around the sections of a page. */
export interface PageFrame {
  readonly title: string;
  /** ISO 8601 in UTC. */
  readonly made: string;
  /** What is seen first. */
  readonly hero: Html;
  /** The data behind it all, which the page hands out as JSON. */
  readonly record: object;
}

/** The whole document around its sections. */
export function pageOf({ title, made, hero, record }: PageFrame, sections: readonly Section[]): string {
  const document = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${POLICY}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="generator" content="tfjs-optimize" />
        <title>${title}</title>
        ${trusted(`<style>${STYLE}</style>`)}
      </head>
      <body>
        <a class="skip" href="#main">Skip to the report</a>
        <div class="page">
          ${header(made)} ${contents(sections)}
          <main id="main">${hero} ${sections.map(sectionOf)}</main>
          <footer>
            Made by tfjs-optimize on ${madeText(made)}. This file holds everything it shows and asks the
            network for nothing.
          </footer>
        </div>
        <script type="application/json" id="record">
          ${scriptJson(record)}
        </script>
        ${trusted(`<script>${PAGE_SCRIPT}</script>`)}
      </body>
    </html> `;
  return document.text;
}

/** Nothing is loaded, nothing is sent; styles stand in the page, and of scripts only its own runs. */
const POLICY = `default-src 'none'; style-src 'unsafe-inline'; script-src '${PAGE_SCRIPT_HASH}'; base-uri 'none'; form-action 'none'`;

function header(made: string): Html {
  return html`<header class="top">
    <div class="brand">tfjs-optimize report<span class="when"> · ${madeText(made)}</span></div>
    <div class="tools">
      <button class="tool" type="button" data-save hidden>Save data</button>
      <button class="tool" type="button" data-theme-toggle aria-pressed="false" hidden>Dark theme</button>
    </div>
  </header>`;
}

function contents(sections: readonly Section[]): Html {
  return html`<nav class="contents" aria-label="Contents">
    <h2>Contents</h2>
    <ul>
      ${sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}
    </ul>
  </nav>`;
}

const sectionOf = ({ id, title, body }: Section): Html =>
  html`<section class="part" aria-labelledby="${id}">
    <h2 id="${id}" tabindex="-1">${title}</h2>
    ${body}
  </section>`;
