import { type FusedKernel, type FusedName, type HostView, hostKernels, hostView } from '@gradus/backend';
import { convolution, convolutionInput, convolutionWeight } from './kernels/convolution.ts';

/** Fused kernels with loops of their own. */
export const fusedNames: ReadonlySet<FusedName> = new Set([
  'softmax',
  'convolution',
  'convolutionInput',
  'convolutionWeight',
  'maxPool',
]);

/** Runs a fused kernel, or answers false for a case that is left to the decomposition. */
export function runFused(kernel: FusedKernel): boolean {
  // Kernels with lists of outputs bring their decomposition along.
  if ('outputs' in kernel) return false;
  const output: HostView = hostView(kernel.output);
  switch (kernel.name) {
    case 'softmax':
      hostKernels.softmax(hostView(kernel.input), output, kernel.axis, kernel.log);
      return true;
    case 'maxPool':
      if (kernel.window.length > 2) return false;
      hostKernels.maxPool(hostView(kernel.input), output, hostView(kernel.indices), kernel);
      return true;
  }
  if (output.dtype !== 'float32' && output.dtype !== 'float64') return false;
  switch (kernel.name) {
    case 'convolution':
      convolution(hostView(kernel.input), hostView(kernel.weight), output, kernel.geometry);
      return true;
    case 'convolutionInput':
      convolutionInput(hostView(kernel.gradient), hostView(kernel.weight), output, kernel.geometry);
      return true;
    case 'convolutionWeight':
      convolutionWeight(hostView(kernel.gradient), hostView(kernel.input), output, kernel.geometry);
      return true;
  }
}
