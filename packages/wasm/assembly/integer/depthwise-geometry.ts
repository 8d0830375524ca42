// What a depthwise convolution of bytes needs to know behind what `conv/geometry.ts` tells. Offsets are bytes.

/** Zero point of the image as an unsigned byte. */
export const ZERO: usize = 52;
/** Columns of an interleaved line, padding among them. */
export const LINE: usize = 56;
/** Lines are interleaved in groups of a lane's numbers; so many such groups, and lines that are left. */
export const GROUPS: usize = 60;
export const REST: usize = 64;
/** Columns of the lines that are left that one lane takes. */
export const SHARE: usize = 68;
/** Dot products for each sum. */
export const DOTS: usize = 72;
/** Which of the loops that are written out does it; 0 for none. */
export const KIND: usize = 76;
/** Where in the memory for lines the lines lie that are left, bytes of each, the interleaved lines, and a row of results. */
export const LINES: usize = 80;
export const LINE_BYTES: usize = 84;
export const BUFFERS: usize = 88;
export const ROW: usize = 92;
/** Bytes from pixel to pixel of a row of results. */
export const OUT_STEP: usize = 96;
/** For each dot product how far from its pixel it reads. */
export const OFFSETS: usize = 100;
