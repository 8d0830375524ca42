export { distribution, isSupported } from './distribution.js';
export { verdict } from './verdict.js';
