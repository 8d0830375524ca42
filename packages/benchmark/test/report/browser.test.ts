import { findChromium, tempFolder } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import type { ReportRecord } from '../../src/record/report.js';
import { reportHtml } from '../../src/report/index.js';
import { bareReport, manyReport, pairReport, singleReport } from './fixture.js';

describe('the report in a browser (skipped without Chromium)', () => {
  let browser: Browser | undefined;
  let page: Page;
  let folder = '';
  let problems: string[] = [];

  before(async function () {
    const executablePath = findChromium();
    if (executablePath === undefined) this.skip();
    this.timeout(60_000);
    folder = tempFolder();
    // Chromium refuses to run as root with its sandbox; these are pages of our own.
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  });
  after(() => browser?.close());
  beforeEach(() => {
    problems = [];
  });
  afterEach(async () => {
    await page.close();
    expect(problems).to.deep.equal([]);
  });

  /** Opens a report; what the page complains of or asks the network for is a problem. */
  async function open(record: ReportRecord, options: BrowserContextOptions = {}): Promise<void> {
    const file = path.join(folder, 'report.html');
    fs.writeFileSync(file, await reportHtml(record));
    if (browser === undefined) throw new Error('the browser has started');
    page = await browser.newPage({ viewport: { width: 1280, height: 900 }, ...options });
    page.on('console', (message) => problems.push(`console: ${message.text()}`));
    page.on('pageerror', (error) => problems.push(`error: ${error.message}`));
    page.on('dialog', (dialog) => problems.push(`dialog: ${dialog.message()}`));
    page.on('request', (request) => {
      if (!request.url().startsWith('file:') && !request.url().startsWith('blob:'))
        problems.push(request.url());
    });
    await page.goto(pathToFileURL(file).href);
  }

  const layers = () => page.getByRole('region', { name: 'Layers of optimized' });
  const firstCells = async (): Promise<string[]> =>
    (await layers().locator('tbody tr:visible th').allInnerTexts()).map(
      (text) => text.split('\n')[0] as string,
    );
  const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);

  it('sorts the layer table by click and by key, and says so', async () => {
    await open(pairReport());
    const heading = layers().getByRole('columnheader', { name: 'Parameters' });
    expect(await heading.getAttribute('aria-sort')).to.equal('none');
    await heading.getByRole('button').click();
    expect(await heading.getAttribute('aria-sort')).to.equal('descending');
    expect((await firstCells())[0]).to.equal('predictions');
    await heading.getByRole('button').focus();
    await page.keyboard.press('Enter');
    expect(await heading.getAttribute('aria-sort')).to.equal('ascending');
    expect((await firstCells()).at(-1)).to.equal('predictions');
    await layers().getByRole('columnheader', { name: 'Layer' }).getByRole('button').click();
    expect(await heading.getAttribute('aria-sort')).to.equal('none');
    const names = await firstCells();
    expect(names.indexOf('block_2_expand')).to.be.below(names.indexOf('block_10_expand'));
  });

  it('filters the layer table and tells how many are left', async () => {
    await open(pairReport());
    const field = page.getByRole('searchbox', { name: 'Filter: Layers of optimized' });
    await field.fill('Depthwise BLOCK_1');
    const shown = await firstCells();
    expect(shown).to.include('block_1_depthwise').and.have.length(8);
    const told = page.locator('.filter', { has: field }).locator('output');
    expect(await told.innerText()).to.equal('8 of 53 layers');
    await field.fill('');
    expect(await told.innerText()).to.equal('53 layers');
    expect(await firstCells()).to.have.length(53);
  });

  it('changes the theme, and keeps it in the page alone', async () => {
    await open(singleReport());
    const background = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    const light = await background();
    const toggle = page.getByRole('button', { name: 'Dark theme' });
    expect(await toggle.getAttribute('aria-pressed')).to.equal('false');
    await toggle.click();
    expect(await toggle.getAttribute('aria-pressed')).to.equal('true');
    expect(await background()).not.to.equal(light);
    await page.reload();
    expect(await background()).to.equal(light);
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await background()).not.to.equal(light);
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    expect(
      await page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue('--ink')),
    ).to.equal('#161c24');
  });

  it('never scrolls sideways as a whole', async function () {
    // Sixteen pages; on a busy machine one of them takes seconds.
    this.timeout(120_000);
    for (const make of [pairReport, singleReport, manyReport, bareReport]) {
      await page?.close();
      await open(make());
      for (const width of [320, 390, 800, 1280]) {
        await page.setViewportSize({ width, height: 900 });
        expect(await overflow(), `${make.name} at ${width} px`).to.be.at.most(0);
      }
    }
  });

  it('gives charts names, and shows one drawing of each at a time', async () => {
    await open(pairReport());
    for (const width of [390, 800, 1280]) {
      await page.setViewportSize({ width, height: 900 });
      const charts = page.getByRole('img');
      expect(await charts.count()).to.be.greaterThan(15);
      const seen = await page
        .locator('.chart')
        .evaluateAll((all) =>
          all.map(
            (each) =>
              Array.from(each.querySelectorAll('svg')).filter((svg) => svg.getBoundingClientRect().width > 0)
                .length,
          ),
        );
      expect(new Set(seen)).to.deep.equal(new Set([1]));
      const names = await charts.evaluateAll((all) =>
        all.map((each) => each.getAttribute('aria-label') ?? ''),
      );
      for (const name of names) expect(name).not.to.equal('');
    }
  });

  it('keeps all text of drawings inside them', async () => {
    await open(manyReport(), { viewport: { width: 390, height: 900 } });
    const cut = () =>
      page.evaluate(() =>
        Array.from(document.querySelectorAll('.chart svg'))
          .filter((svg) => svg.getBoundingClientRect().width > 0)
          .flatMap((svg) => {
            const box = svg.getBoundingClientRect();
            const texts = Array.from(svg.querySelectorAll('text'));
            return texts.filter((text) => {
              const { left, right, top, bottom } = text.getBoundingClientRect();
              return (
                left < box.left - 1 || right > box.right + 1 || top < box.top - 1 || bottom > box.bottom + 1
              );
            });
          })
          .map((text) => text.textContent),
      );
    for (const width of [390, 800, 1280]) {
      await page.setViewportSize({ width, height: 900 });
      expect(await cut(), `at ${width} px`).to.deep.equal([]);
    }
  });

  it('can be read whole without its script', async () => {
    await open(pairReport(), { javaScriptEnabled: false });
    expect(await page.getByRole('button').count()).to.equal(0);
    expect(await page.getByRole('searchbox').count()).to.equal(0);
    expect(await layers().locator('tbody tr').count()).to.equal(53);
    expect(await layers().getByRole('columnheader').allInnerTexts()).to.include('Parameters');
  });

  it('opens what is folded on paper, apart from numbers that charts show', async () => {
    await open(pairReport());
    const folded = () => page.locator('details:not([open])').count();
    const numbers = await page.locator('details.numbers').count();
    const before = await folded();
    await page.evaluate(() => window.dispatchEvent(new Event('beforeprint')));
    expect(await folded())
      .to.equal(numbers)
      .and.be.below(before);
    await page.evaluate(() => window.dispatchEvent(new Event('afterprint')));
    expect(await folded()).to.equal(before);
  });

  it('runs nothing that names carry', async () => {
    const { models, ...rest } = pairReport();
    const name = `</script><img src=x onerror=alert(1)><svg onload=alert(2)>`;
    await open({ ...rest, title: name, models: models.map((model) => ({ ...model, name })) });
    expect(await page.locator('img').count()).to.equal(0);
    expect(await page.title()).to.equal(name);
  });

  it('saves its record', async () => {
    await open(bareReport());
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Save data' }).click(),
    ]);
    const saved = fs.readFileSync(await download.path(), 'utf8');
    expect(JSON.parse(saved)).to.deep.equal(bareReport());
  });
});
