import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import UPlot from 'uplot';
import { color, onThemeChange } from '../theme.ts';

/** A line of a chart. */
export interface Line {
  readonly label: string;
  /** Name of its colour in the style sheets. */
  readonly color: string;
  readonly width?: number;
  /** Whether its points are marked: for lines of few. */
  readonly marked?: boolean;
}

interface ChartProps {
  readonly title: string;
  /** What the chart shows now, in words. */
  readonly summary: string;
  readonly lines: readonly Line[];
  /** Abscissas, then the ordinates of every line; null where a line has no point. */
  readonly data: UPlot.AlignedData;
  /** Of the ordinates; as the data are if left out. */
  readonly range?: readonly [number, number];
  readonly format?: (value: number) => string;
}

const HEIGHT = 190;

/** Lines over steps, which grow while one looks. */
export function Chart(props: ChartProps): VNode {
  const { title, summary, lines, data } = props;
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot | null>(null);
  const latest = useRef(props);
  latest.current = props;
  useEffect(() => {
    const element = place.current!;
    const draw = (): void => {
      plot.current?.destroy();
      plot.current = new UPlot(optionsOf(latest.current, element.clientWidth), latest.current.data, element);
    };
    draw();
    const resized = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height: HEIGHT }));
    resized.observe(element);
    const ignoreThemes = onThemeChange(draw);
    return () => {
      ignoreThemes();
      resized.disconnect();
      plot.current?.destroy();
    };
  }, []);
  useEffect(() => plot.current?.setData(data), [data]);
  return (
    <figure class="chart">
      <figcaption>
        <strong>{title}</strong>
        {lines.map((line) => (
          <span key={line.label} class="key">
            <i style={{ background: `var(--${line.color})` }} /> {line.label}
          </span>
        ))}
      </figcaption>
      <div ref={place} role="img" aria-label={`${title}: ${summary}`} />
    </figure>
  );
}

function optionsOf({ lines, range, format = String }: ChartProps, width: number): UPlot.Options {
  const axis: UPlot.Axis = {
    stroke: color('muted'),
    grid: { stroke: color('grid'), width: 1 },
    ticks: { show: false },
    font: '12px system-ui',
  };
  return {
    width,
    height: HEIGHT,
    padding: [8, 24, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: false, range: spanOf }, y: range === undefined ? { range: fromZero } : { range: [...range] } },
    axes: [
      { ...axis, size: 26 },
      { ...axis, size: 52, values: (_, ticks) => ticks.map(format) },
    ],
    series: [
      {},
      ...lines.map((line) => ({
        stroke: color(line.color),
        width: line.width ?? 2,
        spanGaps: true,
        points: { show: line.marked === true, size: 6, fill: color(line.color) },
      })),
    ],
  };
}

/** From the first point to the last; some steps before there is any. */
function spanOf(_: UPlot, first: number | null, last: number | null): [number, number] {
  return first === null || last === null || first === last ? [0, 100] : [first, last];
}

/** A loss is measured from 0. */
function fromZero(_: UPlot, _low: number | null, high: number | null): [number, number] {
  return [0, high === null || high === 0 ? 1 : high * 1.05];
}
