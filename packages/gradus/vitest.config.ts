import { defineProject, mergeConfig } from 'vitest/config';
import { vulkanEnvironment } from '../../scripts/vulkan.ts';
import base from '../../vitest.base.ts';

// Processes, not threads: the library that finds GPUs reads the environment that a process starts with.
export default mergeConfig(base, defineProject({ test: { name: 'gradus', pool: 'forks', env: vulkanEnvironment() } }));
