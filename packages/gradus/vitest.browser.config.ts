import { browserProject } from '../../vitest.browser.ts';

export default browserProject({
  name: 'gradus in Chromium',
  isolated: false,
  include: ['test/{training,wasm-memory}.test.ts', 'test/**/*.browser.test.ts'],
});
