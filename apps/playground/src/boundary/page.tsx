import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { BackendSelect } from '../components/backend-select.tsx';
import { Chart, type Line } from '../components/chart.tsx';
import { Facts } from '../components/facts.tsx';
import { Group, RateSlider, Select, Slider } from '../components/fields.tsx';
import { RunButtons } from '../components/run-buttons.tsx';
import { useLive } from '../training/use-live.ts';
import type { DatasetName } from './datasets.ts';
import { Plane } from './plane.tsx';
import type { BoundaryOptions } from './protocol.ts';
import { BoundaryRun } from './run.ts';

const lines: readonly Line[] = [{ label: 'all points', color: 'line-1' }];

const datasets = [
  { value: 'moons', label: 'Two moons' },
  { value: 'circles', label: 'Circles' },
  { value: 'spirals', label: 'Spirals' },
  { value: 'xor', label: 'Exclusive or' },
] as const;

const activations = [
  { value: 'tanh', label: 'Tanh' },
  { value: 'relu', label: 'ReLU' },
  { value: 'silu', label: 'SiLU' },
] as const;

type Options = Omit<BoundaryOptions, 'points'>;

const initial: Options = { backend: 'wasm', activation: 'tanh', width: 16, lr: 0.01, steps: 2000 };

const statuses = {
  idle: 'Ready.',
  starting: 'Starting …',
  training: 'Training.',
  paused: 'Paused.',
  stopped: 'Stopped.',
  done: 'Done.',
};

/** A small network bends a line between two classes of points. */
export function BoundaryPage(): VNode {
  const run = useLive(() => new BoundaryRun());
  const [options, setOptions] = useState(initial);
  const [label, setLabel] = useState<0 | 1>(0);
  const { session, latest } = run;
  return (
    <>
      <h1>A boundary finds its place</h1>
      <p class="lead">
        A network with two hidden layers learns which class each point of the plane belongs to; the darker the colour,
        the surer it is. Click to set points of your own, also while it learns.
      </p>
      <div class="columns boundary">
        <section class="card settings" aria-label="Training">
          <Data run={run} />
          <Network options={options} isRunning={session.isRunning} onChange={setOptions} />
          <RunButtons
            status={session.status}
            onStart={() => run.start(options)}
            onPause={() => session.pause()}
            onResume={() => session.resume()}
            onStop={() => session.stop()}
            onReset={() => run.reset()}
          />
          <p role="status" class="status">
            {session.status === 'failed' ? `It failed: ${session.error}` : statuses[session.status]}
          </p>
        </section>
        <section class="card" aria-label="Points and boundary">
          <Plane points={run.points} field={latest?.field ?? null} label={label} onPoint={(point) => run.add(point)} />
          <PointClass label={label} onChange={setLabel} />
        </section>
        <section class="card" aria-label="Progress">
          <Facts
            facts={[
              { name: 'Loss', id: 'loss', value: latest === null ? '–' : latest.loss.toFixed(4) },
              { name: 'Points', id: 'points', value: run.points.length },
              { name: 'Points right', value: latest === null ? '–' : `${(100 * latest.accuracy).toFixed(1)} %` },
              { name: 'Steps', id: 'steps', value: latest?.step ?? 0 },
            ]}
          />
          <Chart
            title="Loss"
            lines={lines}
            data={run.lossData}
            summary={latest === null ? 'no steps yet' : `${latest.loss.toFixed(3)} after ${latest.step} steps`}
          />
        </section>
      </div>
    </>
  );
}

function Data({ run }: { readonly run: BoundaryRun }): VNode {
  const [dataset, setDataset] = useState<DatasetName>('moons');
  const [noise, setNoise] = useState(0.06);
  return (
    <Group title="Points">
      <Select
        label="Data set"
        value={dataset}
        options={datasets}
        onChange={(name) => {
          setDataset(name);
          run.take(name, noise);
        }}
      />
      <Slider
        label="Noise"
        value={noise}
        min={0}
        max={0.2}
        step={0.02}
        text={noise.toFixed(2)}
        onInput={(value) => {
          setNoise(value);
          run.take(dataset, value);
        }}
      />
    </Group>
  );
}

interface NetworkProps {
  readonly options: Options;
  readonly isRunning: boolean;
  readonly onChange: (options: Options) => void;
}

function Network({ options, isRunning, onChange }: NetworkProps): VNode {
  const set = (changed: Partial<Options>): void => onChange({ ...options, ...changed });
  return (
    <Group title="Network">
      <Slider
        label="Hidden units"
        value={options.width}
        min={2}
        max={64}
        step={2}
        text={`2 × ${options.width}`}
        disabled={isRunning}
        onInput={(width) => set({ width })}
      />
      <Select
        label="Activation"
        value={options.activation}
        options={activations}
        disabled={isRunning}
        onChange={(activation) => set({ activation })}
      />
      <RateSlider label="Learning rate of Adam" value={options.lr} disabled={isRunning} onInput={(lr) => set({ lr })} />
      <BackendSelect value={options.backend} disabled={isRunning} onChange={(backend) => set({ backend })} />
    </Group>
  );
}

interface PointClassProps {
  readonly label: 0 | 1;
  readonly onChange: (label: 0 | 1) => void;
}

function PointClass({ label, onChange }: PointClassProps): VNode {
  const names = ['Round', 'Diamond'] as const;
  return (
    <fieldset class="inline">
      <legend>New points are</legend>
      {([0, 1] as const).map((value) => (
        <label key={value}>
          <input type="radio" name="label" checked={label === value} onChange={() => onChange(value)} />
          <i class={`mark mark-${value}`} /> {names[value]}
        </label>
      ))}
    </fieldset>
  );
}
