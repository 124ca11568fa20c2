import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { BackendName } from '../training/backends.ts';
import { Select } from './fields.tsx';

interface Choice {
  readonly value: BackendName;
  readonly label: string;
  readonly disabled?: boolean;
}

const onHost: readonly Choice[] = [
  { value: 'wasm', label: 'WebAssembly' },
  { value: 'cpu', label: 'JavaScript' },
];

let adapter: Promise<boolean> | null = null;

async function findAdapter(): Promise<boolean> {
  try {
    return ((await navigator.gpu?.requestAdapter()) ?? null) !== null;
  } catch {
    return false;
  }
}

/** The backends to choose from; WebGPU can be chosen once an adapter was found. */
function useBackends(): readonly Choice[] {
  const [hasGpu, setHasGpu] = useState<boolean | null>(null);
  useEffect(() => {
    adapter ??= findAdapter();
    void adapter.then(setHasGpu);
  }, []);
  const label = hasGpu === false ? 'WebGPU (no adapter here)' : 'WebGPU';
  return [...onHost, { value: 'webgpu', label, disabled: hasGpu !== true }];
}

interface BackendSelectProps {
  readonly value: BackendName;
  readonly disabled: boolean;
  readonly onChange: (backend: BackendName) => void;
}

/** What computes, of what there is here. */
export function BackendSelect(props: BackendSelectProps): VNode {
  return <Select label="Backend" options={useBackends()} {...props} />;
}
