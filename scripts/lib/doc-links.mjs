import GithubSlugger from 'github-slugger';
import MarkdownIt from 'markdown-it';
import * as path from 'node:path';

const markdown = new MarkdownIt({ html: true });

/** All tokens of a page, those within lines included, each with the line of the block that it stands in. */
function tokensOf(text) {
  return markdown
    .parse(text, {})
    .flatMap((token) => [
      token,
      ...(token.children ?? []).map((child) => Object.assign(child, { map: token.map })),
    ]);
}

/** Names that links to a page may end in: its headings as GitHub names them, and ids that it gives in HTML. */
function anchorsOf(text) {
  const slugger = new GithubSlugger();
  const tokens = markdown.parse(text, {});
  const headings = tokens
    .filter((_, at) => tokens[at - 1]?.type === 'heading_open')
    .map(({ children }) => slugger.slug(children.map(({ content }) => content).join('')));
  const ids = [...text.matchAll(/<\w+[^>]*\s(?:id|name)="([^"]+)"/g)].map(([, id]) => id);
  return new Set([...headings, ...ids]);
}

function linksOf(text) {
  return tokensOf(text).flatMap((token) => {
    const inHtml = /^html_/.test(token.type)
      ? [...token.content.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, url]) => url)
      : [];
    const url = token.attrGet?.('href') ?? token.attrGet?.('src');
    return [...(url ? [url] : []), ...inHtml].map((link) => ({ link, line: (token.map?.[0] ?? 0) + 1 }));
  });
}

/** Addresses elsewhere are not asked: only their form is looked at. */
function addressProblem(link) {
  if (link.startsWith('mailto:')) {
    return undefined;
  }
  const isWhole = URL.canParse(link) && /^https:\/\/[^/]+\.[a-z]{2,}(\/|$|\?|#)/.test(link);
  return isWhole ? undefined : 'expected a whole address that begins with https';
}

/**
 * Links of Markdown pages that lead nowhere, as `file:line: link: reason`.
 * @param pages each `{file, text}`, with a path below the root
 * @param files every file of the repository; a folder stands for its README.md
 */
export function linkProblems(pages, files) {
  const anchors = new Map(pages.map(({ file, text }) => [file, anchorsOf(text)]));
  const folders = new Set(files.flatMap((file) => foldersOf(file)));
  const problemOf = (file, link) => {
    if (/^[a-z][a-z0-9+.-]*:/i.test(link)) {
      return addressProblem(link);
    }
    const [place, anchor] = link.split('#');
    const target =
      place === ''
        ? file
        : path.posix
            .normalize(path.posix.join(path.posix.dirname(file), decodeURI(place)))
            .replace(/\/$/, '');
    if (!files.includes(target) && !folders.has(target)) {
      return `expected a file of the repository, got no ${target}`;
    }
    const page = folders.has(target) ? path.posix.join(target, 'README.md') : target;
    const isFound = anchor === undefined || anchors.get(page)?.has(decodeURI(anchor)) === true;
    return isFound ? undefined : `expected a heading #${anchor} in ${page}, got none`;
  };
  return pages.flatMap(({ file, text }) =>
    linksOf(text)
      .map(({ link, line }) => ({ link, line, problem: problemOf(file, link) }))
      .filter(({ problem }) => problem !== undefined)
      .map(({ link, line, problem }) => `${file}:${line}: ${link}: ${problem}`),
  );
}

function foldersOf(file) {
  const parts = file.split('/').slice(0, -1);
  return ['.', ...parts.map((_, at) => parts.slice(0, at + 1).join('/'))];
}
