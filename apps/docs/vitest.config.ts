import { defineProject, mergeConfig } from 'vitest/config';
import { vulkanEnvironment } from '../../scripts/vulkan.ts';
import base from '../../vitest.base.ts';

// Some examples run on a GPU, be it one in software.
export default mergeConfig(base, defineProject({ test: { name: 'docs', env: vulkanEnvironment() } }));
