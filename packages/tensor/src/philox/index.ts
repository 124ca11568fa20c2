// Random numbers that the device makes by itself.
export { PhiloxGenerator, type PhiloxOptions } from './generator.ts';
