/** Numbers for columns, copied, or the first of them for all; zeros behind them up to a multiple of eight. */
export function copyColumns(to: usize, from: usize, columns: i32, single: bool): void {
  memory.fill(to, 0, ((columns + 7) & ~7) << 2);
  if (!single) {
    memory.copy(to, from, columns << 2);
    return;
  }
  const value = load<f32>(from);
  for (let i = 0; i < columns; i++) store<f32>(to + (i << 2), value);
}
