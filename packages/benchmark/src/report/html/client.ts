/**
 * What runs in the page: sorting and filtering of tables, the theme, saving of the data, and opening
 * of what is folded before printing. It is put into the page as text, so it must need nothing outside
 * itself; `npm run docs:schema` writes that text to page-script.ts.
 */
export function client(): void {
  for (const table of all<HTMLTableElement>('table[data-sortable]')) makeSortable(table);
  for (const box of all<HTMLElement>('.filter')) makeFilter(box);
  makeThemeToggle();
  makeSave();
  openForPrint();

  function all<T extends Element>(selector: string, within: ParentNode = document): T[] {
    return Array.from(within.querySelectorAll<T>(selector));
  }

  /** Headings become buttons; the first press sorts numbers from the largest and names from A. */
  function makeSortable(table: HTMLTableElement): void {
    const headings = all<HTMLTableCellElement>('thead th', table);
    for (const [column, heading] of headings.entries()) {
      if (!('sorts' in heading.dataset)) continue;
      const button = document.createElement('button');
      button.type = 'button';
      button.append(...Array.from(heading.childNodes));
      heading.append(button);
      heading.setAttribute('aria-sort', 'none');
      button.addEventListener('click', () => {
        const first = heading.classList.contains('num') ? 'descending' : 'ascending';
        const other = first === 'ascending' ? 'descending' : 'ascending';
        const order = heading.getAttribute('aria-sort') === first ? other : first;
        for (const each of headings)
          if (each.hasAttribute('aria-sort')) each.setAttribute('aria-sort', 'none');
        heading.setAttribute('aria-sort', order);
        sortRows(table, column, order === 'ascending' ? 1 : -1, heading.classList.contains('num'));
      });
    }
  }

  function sortRows(table: HTMLTableElement, column: number, sign: 1 | -1, numbers: boolean): void {
    const body = table.tBodies[0];
    if (body === undefined) return;
    const keyOf = (row: HTMLTableRowElement): string => row.cells[column]?.dataset.key ?? '';
    const words = new Intl.Collator('en', { numeric: true });
    const rows = Array.from(body.rows).sort((a, b) => {
      const order = numbers ? Number(keyOf(a)) - Number(keyOf(b)) : words.compare(keyOf(a), keyOf(b));
      return sign * order;
    });
    body.append(...rows);
  }

  /** Rows whose text does not hold every word are hidden; how many are left is told. */
  function makeFilter(box: HTMLElement): void {
    const field = box.querySelector('input');
    const told = box.querySelector('output');
    const body = box.nextElementSibling?.querySelector('tbody');
    if (field === null || told === null || body === null || body === undefined) return;
    const noun = box.dataset.noun ?? 'rows';
    box.hidden = false;
    field.addEventListener('input', () => {
      const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const row of Array.from(body.rows)) {
        const cells = Array.from(row.cells, (cell) => cell.textContent);
        const text = cells.join(' ').toLowerCase();
        row.hidden = !words.every((word) => text.includes(word));
        if (!row.hidden) shown++;
      }
      const total = body.rows.length;
      told.textContent = words.length === 0 ? `${total} ${noun}` : `${shown} of ${total} ${noun}`;
    });
  }

  /** Kept nowhere but in the page: a report leaves nothing behind in the browser. */
  function makeThemeToggle(): void {
    const button = document.querySelector<HTMLButtonElement>('[data-theme-toggle]');
    if (button === null) return;
    const system = window.matchMedia('(prefers-color-scheme: dark)');
    const isDark = (): boolean => {
      const chosen = document.documentElement.dataset.theme;
      return chosen === undefined ? system.matches : chosen === 'dark';
    };
    const show = (): void => button.setAttribute('aria-pressed', String(isDark()));
    button.hidden = false;
    show();
    system.addEventListener('change', show);
    button.addEventListener('click', () => {
      document.documentElement.dataset.theme = isDark() ? 'light' : 'dark';
      show();
    });
  }

  function makeSave(): void {
    const button = document.querySelector<HTMLButtonElement>('[data-save]');
    const data = document.getElementById('record')?.textContent;
    if (button === null || data === null || data === undefined) return;
    button.hidden = false;
    button.addEventListener('click', () => {
      const text = `${JSON.stringify(JSON.parse(data), null, 2)}\n`;
      const link = document.createElement('a');
      link.href = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
      link.download = 'report.json';
      link.click();
      URL.revokeObjectURL(link.href);
    });
  }

  /** Paper has nothing to press: what is folded opens, except numbers that a chart shows already. */
  function openForPrint(): void {
    let opened: HTMLDetailsElement[] = [];
    window.addEventListener('beforeprint', () => {
      opened = all('details:not([open]):not(.numbers)');
      for (const each of opened) each.open = true;
    });
    window.addEventListener('afterprint', () => {
      for (const each of opened) each.open = false;
    });
  }
}
