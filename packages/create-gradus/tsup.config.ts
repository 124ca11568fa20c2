import { defineConfig } from 'tsup';
import base from '../../tsup.base.ts';

const config: ReturnType<typeof defineConfig> = defineConfig({
  ...base,
  entry: ['src/index.ts'], // a program: it exports nothing
  sourcemap: false,
});
export default config;
