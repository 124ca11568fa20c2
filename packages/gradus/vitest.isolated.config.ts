import { browserProject } from '../../vitest.browser.ts';

export default browserProject({
  name: 'gradus in isolated Chromium',
  isolated: true,
  include: ['test/{training,wasm-memory}.test.ts', 'test/**/*.browser.test.ts'],
});
