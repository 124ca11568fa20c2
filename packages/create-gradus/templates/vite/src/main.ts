// The page: it shows what the training in the worker tells, and so never freezes.
const canvas = document.createElement('canvas');
canvas.setAttribute('role', 'img');
canvas.setAttribute('aria-label', 'What the network answers at each place');
const status = document.createElement('p');
status.setAttribute('role', 'status');
document.querySelector('main')?.append(canvas, status);
const context = canvas.getContext('2d');

const worker = new Worker(new URL('./train.ts', import.meta.url), { type: 'module' });
worker.addEventListener('message', ({ data: { step, loss, accuracy, size, answers } }) => {
  status.textContent = `step ${step}: loss ${loss.toFixed(3)}, accuracy ${(100 * accuracy).toFixed(1)} %`;
  canvas.width = size;
  canvas.height = size;
  const image = new ImageData(size, size);
  for (let i = 0; i < size * size; i++) {
    const share = answers[i]; // from 0, the first spiral, to 1, the second
    image.data.set([40 + 190 * share, 120, 200 - 130 * share, 255], 4 * i);
  }
  context?.putImageData(image, 0, 0);
});
worker.addEventListener('error', ({ message }) => {
  status.textContent = message;
});
