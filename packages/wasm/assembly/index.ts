export { activate } from './elementwise/activate';
export { copyColumns } from './elementwise/columns';
export { gemm } from './gemm/gemm';
export { gemv, gemvPacked, gemvTransposed } from './gemm/gemv';
export { pack, packedBytes, transpose } from './gemm/pack';
