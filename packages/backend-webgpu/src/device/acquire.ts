import { BackendError } from '@gradus/storage';
import { findGPU, navigatorGPU } from './gpu.ts';
import type { Device } from './platform.ts';

export interface DeviceOptions {
  /** Which GPU of several: a hint, as in `requestAdapter`. */
  readonly powerPreference?: 'low-power' | 'high-performance';
  /** A device that the page has already, to share it; the backend never destroys it. */
  readonly device?: Device;
}

export interface Acquired {
  readonly device: Device;
  /** Whether the device was made here, and is to be destroyed in the end. */
  readonly isOwn: boolean;
  /** Whether kernels may use subgroup operations, and know which subgroup they are in. */
  readonly subgroups: boolean;
}

/** Features that kernels make use of where the adapter has them. */
const wanted: readonly GPUFeatureName[] = ['shader-f16', 'subgroups', 'timestamp-query'];

/** Limits that are raised from WebGPU's defaults to what the adapter has. */
const raised = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupSizeY',
  'maxComputeWorkgroupsPerDimension',
] as const;

/**
 * The given device, or a new one with all that its adapter can do.
 *
 * @throws BackendError where there is no adapter, or it gives no device
 */
export async function acquireDevice({ powerPreference, device }: DeviceOptions): Promise<Acquired> {
  if (device !== undefined) return { device, isOwn: false, subgroups: hasSubgroups(device, navigatorGPU()) };
  const gpu = await findGPU();
  const adapter = await gpu.requestAdapter(powerPreference === undefined ? {} : { powerPreference });
  if (!adapter) {
    throw new BackendError(
      'webgpu: there is no GPU that WebGPU can use (no adapter): a driver may be missing, or the GPU is blocked here; ' +
        'use wasm() instead',
    );
  }
  try {
    const own = await adapter.requestDevice(descriptorFor(adapter));
    return { device: own, isOwn: true, subgroups: hasSubgroups(own, gpu) };
  } catch (cause) {
    throw new BackendError(`webgpu: the GPU gives no device: ${(cause as Error).message}`, { cause });
  }
}

/** The device's feature, and the language's, which only the way to GPUs tells of. */
function hasSubgroups({ features }: GPUDevice, gpu: GPU | undefined): boolean {
  return features.has('subgroups') && gpu?.wgslLanguageFeatures?.has('subgroup_id') === true;
}

function descriptorFor({ features, limits }: GPUAdapter): GPUDeviceDescriptor {
  return {
    label: 'gradus',
    requiredFeatures: wanted.filter((feature) => features.has(feature)),
    requiredLimits: Object.fromEntries(raised.map((name) => [name, limits[name]])),
  };
}
