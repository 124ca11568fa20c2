import { browserProject } from '../../vitest.browser.ts';

export default browserProject({
  name: 'backend-webgpu in Chromium',
  isolated: true,
  include: ['test/{conformance,device,folds,products,queue,rows,tuning}.test.ts'],
  // A GPU in software: what it computes is right, how long it takes says nothing.
  args: ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'],
});
