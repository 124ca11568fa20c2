export { type DecodedImage, decodeImage } from './decode.ts';
export { ImageFolder, type ImageFolderOptions, imageTensor, type LabelledImage } from './image-folder.ts';
