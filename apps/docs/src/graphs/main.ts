// Draws the graphs of docs/autodiff.md into docs/images, from what the programs of that page record.
import { mkdirSync, writeFileSync } from 'node:fs';
import { root } from '../packages.ts';
import { drawings } from './drawings.ts';

mkdirSync(`${root}docs/images`, { recursive: true });
for (const [name, svg] of Object.entries(drawings())) writeFileSync(`${root}docs/images/${name}.svg`, svg);
