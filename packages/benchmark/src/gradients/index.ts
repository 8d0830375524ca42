export { compareGradientMode, type GradientModeComparison } from './compare-gradient-mode.js';
export { gradientModeText } from './text.js';
