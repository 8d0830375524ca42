import '../index.js';
import { registerIntegers } from './register.js';

export { integerForm } from './in-use.js';
export { withIntegerRegions } from './regions/handler.js';

registerIntegers();
