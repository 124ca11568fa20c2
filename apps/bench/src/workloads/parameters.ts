import type { Numbers } from '../numbers.ts';

/** The parameters of a layer, which have no seeds yet. */
type Layer = Readonly<Record<string, Omit<Numbers, 'seed'>>>;

/** The parameters of layers, each with a seed of its own. */
export function seeded(...layers: readonly Layer[]): Record<string, Numbers> {
  const entries = layers.flatMap((layer) => Object.entries(layer));
  return Object.fromEntries(entries.map(([name, numbers], i) => [name, { ...numbers, seed: i + 1 }]));
}

export function linear(name: string, inputs: number, outputs: number): Layer {
  return { ...withoutBias(name, inputs, outputs), [`${name}.bias`]: around(0, 1 / Math.sqrt(inputs), outputs) };
}

export function withoutBias(name: string, inputs: number, outputs: number): Layer {
  return { [`${name}.weight`]: { ...around(0, 1 / Math.sqrt(inputs), outputs, inputs), linear: true } };
}

/** Square windows. */
export function convolution(name: string, inputs: number, outputs: number, window: number): Layer {
  const scale = 1 / Math.sqrt(inputs * window * window);
  return {
    [`${name}.weight`]: around(0, scale, outputs, inputs, window, window),
    [`${name}.bias`]: around(0, scale, outputs),
  };
}

/** One layer of long short-term memory, gates in the order i, f, g, o. */
export function lstmLayer(name: string, inputs: number, hidden: number): Layer {
  const scale = 1 / Math.sqrt(hidden);
  return {
    [`${name}.weight_ih_l0`]: { ...around(0, scale, 4 * hidden, inputs), linear: true },
    [`${name}.weight_hh_l0`]: { ...around(0, scale, 4 * hidden, hidden), linear: true },
    [`${name}.bias_ih_l0`]: around(0, scale, 4 * hidden),
    [`${name}.bias_hh_l0`]: around(0, scale, 4 * hidden),
  };
}

export function embedding(name: string, rows: number, width: number): Layer {
  return { [`${name}.weight`]: around(0, 0.1, rows, width) };
}

export function layerNorm(name: string, width: number): Layer {
  return { [`${name}.weight`]: around(1, 0.1, width), [`${name}.bias`]: around(0, 0.1, width) };
}

function around(center: number, scale: number, ...shape: readonly number[]): Omit<Numbers, 'seed'> {
  return { shape, scale, center };
}
