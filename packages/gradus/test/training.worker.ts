import { defaultBackend } from '../src/index.ts';
import { trainOnSpiral } from './spiral.ts';

postMessage({ backend: defaultBackend().name, losses: await trainOnSpiral() });
