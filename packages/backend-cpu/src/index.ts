export { CpuBackend, type CpuOptions, cpu } from './cpu-backend.ts';
