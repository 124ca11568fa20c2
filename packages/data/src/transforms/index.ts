export { type AffineOptions, affine, type RandomAffineOptions, randomAffine, randomRotation } from './affine.ts';
export { normalize, toFloat } from './color.ts';
export {
  centerCrop,
  type RandomCropOptions,
  type RandomResizedCropOptions,
  randomCrop,
  randomResizedCrop,
} from './crop.ts';
export { type FlipOptions, randomHorizontalFlip, randomVerticalFlip } from './flip.ts';
export { type ResizeOptions, resize } from './resize.ts';
export { compose, type RandomOptions, type Size, type Transform } from './transform.ts';
