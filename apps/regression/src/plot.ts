import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import type { Outcome } from './train.ts';

/** Two pictures beside each other, as SVG: predictions over actual prices, and errors over epochs. */
export function draw(outcome: Outcome): Promise<string> {
  const spec: TopLevelSpec = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: 'white',
    hconcat: [predictions(outcome), errors(outcome)],
    resolve: { scale: { color: 'independent' } },
    config: { font: 'sans-serif', axis: { grid: true, gridColor: '#eee' }, view: { stroke: '#ccc' } },
  };
  return new View(parse(compile(spec).spec), { renderer: 'none' }).toSVG();
}

type Panel = Extract<TopLevelSpec, { hconcat: unknown }>['hconcat'][number];

const size = { width: 360, height: 360 } as const;
const colors = { range: ['#b0b0b0', '#1f77b4'] } as const;

function predictions({ actual, fits }: Outcome): Panel {
  const domain = [0, 55] as const;
  const model = ({ name, r2 }: Outcome['fits'][number]): string => `${name}, R² ${r2.toFixed(3)}`;
  const values = fits.flatMap((fit) =>
    actual.map((price, i) => ({ price, predicted: fit.predicted[i], model: model(fit) })),
  );
  return {
    title: 'Prices of the validation split, in $1000',
    ...size,
    layer: [
      {
        data: { values: domain.map((price) => ({ price, predicted: price })) },
        mark: { type: 'line', color: '#888', strokeDash: [4, 4] },
        encoding: { x: { field: 'price', type: 'quantitative' }, y: { field: 'predicted', type: 'quantitative' } },
      },
      {
        data: { values },
        mark: { type: 'point', filled: true, opacity: 0.75, size: 36, clip: true },
        encoding: {
          x: { field: 'price', type: 'quantitative', title: 'actual', scale: { domain: [...domain] } },
          y: { field: 'predicted', type: 'quantitative', title: 'predicted', scale: { domain: [...domain] } },
          color: {
            field: 'model',
            type: 'nominal',
            sort: fits.map(model),
            scale: { range: [...colors.range] },
            legend: { orient: 'bottom-right', title: null, labelLimit: 300, fillColor: 'white', padding: 6 },
          },
        },
      },
    ],
  };
}

function errors({ curve }: Outcome): Panel {
  const splits = ['training', 'validation'] as const;
  const values = curve.flatMap((errors, i) => splits.map((split) => ({ epoch: i + 1, split, error: errors[split] })));
  return {
    title: 'Mean squared error of the neural network',
    ...size,
    data: { values },
    mark: { type: 'line', strokeWidth: 1.5 },
    encoding: {
      x: { field: 'epoch', type: 'quantitative' },
      y: { field: 'error', type: 'quantitative', scale: { type: 'log' } },
      color: {
        field: 'split',
        type: 'nominal',
        scale: { domain: [...splits], range: [...colors.range] },
        legend: { orient: 'top-right', title: null, fillColor: 'white', padding: 6 },
      },
    },
  };
}
