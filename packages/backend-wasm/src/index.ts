export { WasmBackend, type WasmOptions, wasm } from './wasm-backend.ts';
