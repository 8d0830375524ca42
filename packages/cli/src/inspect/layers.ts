export { groupByLayer, isPlumbing, type LayerGroup as Group } from '@tfjs-optimize/core';
