export { distribution } from './distribution.js';
export { verdict } from './verdict.js';
