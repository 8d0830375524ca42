// Where the sums of a tile go and what becomes of them, in memory. Offsets are bytes.

/** Address of the next row's first value. */
export const C: usize = 0;
/** Bytes from row to row. */
export const C_STEP: usize = 4;
/** Columns, 1 to 8. */
export const WIDTH: usize = 8;
/** Address of what is known of the panel's columns: see below. */
export const COLUMNS: usize = 12;
/** Address of memory in which a panel of weights can be widened to 16 bits a number; 0 where that is not worth it. */
export const WIDE: usize = 16;
/** Zero point of the result as an unsigned byte, in a number of 32 bits. */
export const ZERO: usize = 32;
/** What the result is held within, in 16 unsigned bytes each. */
export const LOW: usize = 48;
export const HIGH: usize = 64;
/** Eight bytes of a row that is not written whole. */
export const SPARE: usize = 80;
/** Address of what is added to the sums of the next row, a number for each row; 0 for nothing. */
export const ROW_SUM: usize = 24;
/** The same for the first row, where each panel begins again. */
export const ROW_SUMS: usize = 28;
/** Sums of a tile, eight for each row. */
export const SUMS: usize = 96;

// What is known of eight columns.

/** Eight int32 numbers: the bias, less what the zero point of A adds to the sum. */
export const BIAS: usize = 0;
/** Eight float64 numbers: the multiplier. */
export const MULTIPLIER: usize = 32;
/** What is added before rounding to whole numbers, and what to that for sums below 0. */
export const OFFSET: usize = 96;
export const BELOW: usize = 160;
/** The multiplier as whole numbers, eight values and eight shifts, in its place where sums are rounded by those. */
export const VALUE: usize = 32;
export const SHIFT: usize = 64;
/** How sums are rounded: see `ending.ts`. */
export const ENDING: usize = 224;
/** Bytes of all of it. */
export const COLUMNS_BYTES: usize = 232;
