export const MOVES: Readonly<Record<string, unknown>>;
export function moveInsides(name: string): void;
