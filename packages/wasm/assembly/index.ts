export { addPatches, patches } from './conv/patches';
export { winogradInput, winogradOutput, winogradWeights } from './conv/winograd';
export { activate } from './elementwise/activate';
export { zeroNumbers as zero } from './elementwise/copy';
export { copyColumns } from './elementwise/columns';
export { gemm } from './gemm/gemm';
export { gemv, gemvPacked, gemvTransposed } from './gemm/gemv';
export { pack, packedBytes, transpose } from './gemm/pack';
export { avgPoolGrad, maxPoolGrad } from './pool/gradients';
