export { type AutocastOptions, autocast } from './autocast.ts';
