import { browserProject } from '../../vitest.browser.ts';

export default browserProject({
  name: 'train in Chromium',
  isolated: false,
  include: ['test/**/*.browser.test.ts'],
});
