/**
 * The colours of a page. Every pair that carries meaning keeps WCAG 2.2's contrast: 4.5 for text on what
 * lies below it, 3 for marks against the card; series differ also for those who do not see red or green
 * apart. A test computes all of that.
 */
export interface Palette {
  /** The page, cards on it, and parts of cards set off from them. */
  readonly page: string;
  readonly card: string;
  readonly sunken: string;
  /** Text, lesser text, lines between things, lines of a chart's grid. */
  readonly ink: string;
  readonly quiet: string;
  readonly line: string;
  readonly grid: string;
  /** Links, buttons and the focus ring. */
  readonly accent: string;
  readonly better: string;
  readonly betterBack: string;
  readonly worse: string;
  readonly worseBack: string;
  /** The first model of several, then the others in turn. */
  readonly base: string;
  readonly series: readonly [string, string, string, string, string, string];
  /** Text on a series' colour. */
  readonly onSeries: string;
  /** From nothing to all. */
  readonly heat: readonly [string, string, string, string, string, string];
  /** Text on the last three steps of heat; on the others it is ink. */
  readonly onHeat: string;
}

export const LIGHT: Palette = {
  page: '#f5f6f8',
  card: '#ffffff',
  sunken: '#eef1f5',
  ink: '#161c24',
  quiet: '#55606e',
  line: '#d9dee5',
  grid: '#e6eaef',
  accent: '#0b5cad',
  better: '#0a6b4d',
  betterBack: '#dff3ea',
  worse: '#a8320a',
  worseBack: '#fde8dd',
  base: '#667281',
  series: ['#0867c6', '#a32f08', '#0c7352', '#80359c', '#897117', '#ca2e64'],
  onSeries: '#ffffff',
  heat: ['#edf2f8', '#c9dff5', '#95c2ee', '#2a75c0', '#155fa8', '#093d75'],
  onHeat: '#ffffff',
};

export const DARK: Palette = {
  page: '#0e1217',
  card: '#161b22',
  sunken: '#1f262f',
  ink: '#e8ecf1',
  quiet: '#a3aebb',
  line: '#2f3843',
  grid: '#272f39',
  accent: '#6cb2ff',
  better: '#5fd6a7',
  betterBack: '#12332a',
  worse: '#ff9d73',
  worseBack: '#42210f',
  base: '#97a2ab',
  series: ['#58a4ff', '#fea773', '#27a975', '#be85d7', '#f3cc4a', '#ffa5cd'],
  onSeries: '#0b0f14',
  heat: ['#1d2630', '#1d3a57', '#22578a', '#5ba3e6', '#8cc4f7', '#c6e3ff'],
  onHeat: '#0b0f14',
};

/** The declarations of a palette as custom properties: `--ink`, `--series-0` for the base, `--heat-0`, … */
export function declarations(palette: Palette): string {
  const { base, series, heat, ...single } = palette;
  const entries: [string, string][] = [
    ...Object.entries(single).map(([name, color]): [string, string] => [kebab(name), color]),
    ...[base, ...series].map((color, i): [string, string] => [`series-${i}`, color]),
    ...heat.map((color, i): [string, string] => [`heat-${i}`, color]),
  ];
  return entries.map(([name, color]) => `--${name}:${color}`).join(';');
}

/** The colour of a model by its place among all: the only one stands out, the first of several is grey. */
export function seriesColor(at: number, of: number): string {
  if (of === 1) return 'var(--series-1)';
  return at === 0 ? 'var(--series-0)' : `var(--series-${((at - 1) % LIGHT.series.length) + 1})`;
}

/** The step of heat, 0 to 5, for a share: 0 only where there is nothing at all. */
export function heatStep(share: number): number {
  if (!(share > 0)) return 0;
  return Math.min(LIGHT.heat.length - 1, 1 + Math.floor(share * (LIGHT.heat.length - 1)));
}

/** Shades of a map: too fine to be told apart, few enough that a map is a handful of paths. */
export const SHADES = 20;

/** The shade, 0 to {@link SHADES}, nearest to a share. */
export function shadeOf(share: number): number {
  return share > 0 ? Math.round(Math.min(1, share) * SHADES) : 0;
}

/** A shade as a colour that follows the theme, between two steps of heat. */
export function shadeColor(shade: number): string {
  const place = (shade / SHADES) * (LIGHT.heat.length - 1);
  const step = Math.floor(place);
  const part = Math.round(100 * (place - step));
  if (part === 0) return `var(--heat-${step})`;
  return `color-mix(in oklab,var(--heat-${step + 1}) ${part}%,var(--heat-${step}))`;
}

const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
