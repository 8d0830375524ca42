import { bytesText, changeText, countText, textTable, type Model, type Note } from '@tfjs-optimize/core';
import type { ChannelFigures } from './figures.js';
import type { Channels } from './groups.js';

/** What was removed of one group. */
export interface PrunedGroup {
  readonly name: string;
  /** Layers that lost output channels. */
  readonly layers: readonly string[];
  readonly before: number;
  readonly after: number;
  /** Channels that went, counted among those of the group as they were before. */
  readonly removed: readonly number[];
  /** Importance of each channel before. */
  readonly importance?: readonly number[];
}

/** A model with channels removed, and what became of it. */
export interface PrunedChannels {
  readonly model: Model<'float'>;
  /** What was removed, what stayed whole and why. */
  readonly notes: readonly Note[];
  readonly before: ChannelFigures;
  readonly after: ChannelFigures;
  /** Groups that lost channels, by iteration. */
  readonly steps: readonly (readonly PrunedGroup[])[];
  /** Figures and groups as a few lines; {@link toString} gives the same. */
  text(): string;
  toString(): string;
}

type Parts = Omit<PrunedChannels, 'text' | 'toString'> & { readonly channels: Channels };

/** Puts a result together, with notes on what could not be cut at all. */
export function prunedChannels({ channels, ...parts }: Parts): PrunedChannels {
  const notes = [...parts.notes, ...lockedNotes(channels)];
  const text = (): string => resultText({ ...parts, notes });
  return { ...parts, notes, text, toString: text };
}

function lockedNotes({ groups }: Channels): Note[] {
  return groups.flatMap(({ name, lock, units }): Note[] => {
    if (lock === undefined || units.length < 2) return [];
    return [
      {
        level: 'info',
        kind: 'declined',
        subject: name,
        message: `'${name}': ${units.length} channels stay, since each ${lock.why}`,
      },
    ];
  });
}

function resultText({ before, after, notes }: Omit<Parts, 'channels'>): string {
  const row = (title: string, key: 'parameters' | 'macs'): string[][] => {
    const [from, to] = [before[key], after[key]];
    if (from === undefined || to === undefined) return [];
    return [[title, countText(from), countText(to), changeText(from, to)]];
  };
  const table = textTable(
    [
      ['', 'before', 'after', 'change'],
      ...row('parameters', 'parameters'),
      ...row('MACs', 'macs'),
      ['weights', bytesText(before.bytes), bytesText(after.bytes), changeText(before.bytes, after.bytes)],
    ],
    ['left', 'right', 'right', 'right'],
  );
  const told = notes.filter(({ level }) => level === 'info');
  const did = told.filter(({ kind }) => kind === 'did').map(({ message }) => message);
  const whole = told.filter(({ kind }) => kind === 'declined').length;
  const warnings = notes.filter(({ level }) => level === 'warning');
  return [
    table,
    ...did,
    ...warnings.map(({ message }) => `warning: ${message}`),
    ...(whole === 0 ? [] : [`${whole} ${whole === 1 ? 'group stays' : 'groups stay'} whole (notes say why)`]),
  ].join('\n');
}
