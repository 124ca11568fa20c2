/** Whether a processor plays the GPU, as SwiftShader and llvmpipe do. Older browsers don't tell what a device is. */
export function isSoftware(device: GPUDevice): boolean {
  const info = device.adapterInfo as GPUAdapterInfo | undefined;
  if (info === undefined) return false;
  return info.isFallbackAdapter || /swiftshader|llvmpipe/i.test(`${info.architecture} ${info.description}`);
}
