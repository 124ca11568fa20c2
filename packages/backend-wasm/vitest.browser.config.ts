import { browserProject } from '../../vitest.browser.ts';

export default browserProject({
  name: 'backend-wasm in Chromium',
  isolated: false,
  include: ['test/{conformance,large,math,precision}.test.ts', 'test/**/*.browser.test.ts'],
});
