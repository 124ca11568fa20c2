import { browserProject } from '../../vitest.browser.ts';

export default browserProject({
  name: 'backend-cpu in Chromium',
  isolated: false,
  include: ['test/conformance.test.ts'],
});
