// A convolution's sizes, in memory: whole numbers of four bytes, in the order of `writeGeometry` of src/.

export const HEIGHT: usize = 0;
export const WIDTH: usize = 4;
export const CHANNELS: usize = 8;
export const OUT_HEIGHT: usize = 12;
export const OUT_WIDTH: usize = 16;
export const FILTER_HEIGHT: usize = 20;
export const FILTER_WIDTH: usize = 24;
export const STRIDE_HEIGHT: usize = 28;
export const STRIDE_WIDTH: usize = 32;
export const DILATION_HEIGHT: usize = 36;
export const DILATION_WIDTH: usize = 40;
export const PAD_TOP: usize = 44;
export const PAD_LEFT: usize = 48;
