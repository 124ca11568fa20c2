export { bostonFeatures, bostonHousePrices } from './boston-house-prices.ts';
export { firstNames } from './first-names.ts';
export { iris, irisClasses, irisFeatures } from './iris.ts';
export { type Mnist, type MnistOptions, mnist } from './mnist.ts';
export { type Chapter, mobyDick } from './moby-dick.ts';
