import type { VNode } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { BackendSelect } from '../components/backend-select.tsx';
import { Chart, type Line } from '../components/chart.tsx';
import { Facts } from '../components/facts.tsx';
import { Group, RateSlider, Select, Slider } from '../components/fields.tsx';
import { RunButtons } from '../components/run-buttons.tsx';
import { useLive } from '../training/use-live.ts';
import { DrawingPad, type Pad } from './drawing-pad.tsx';
import { optimizers } from './optimizers.ts';
import { Prediction } from './prediction.tsx';
import type { DigitsOptions } from './protocol.ts';
import { DigitsRun } from './run.ts';
import { statusOf } from './status.ts';
import { randomTestDigit } from './test-digit.ts';

const lossLines: readonly Line[] = [{ label: 'training', color: 'line-1' }];
const accuracyLines: readonly Line[] = [
  { label: 'training, mean of the epoch', color: 'line-1' },
  { label: 'test images', color: 'line-2', marked: true },
];

const models = [
  { value: 'mlp', label: 'Perceptron, 128 hidden units' },
  { value: 'cnn', label: 'Convolutional network' },
  { value: 'transformer', label: 'Transformer over rows' },
] as const;

const optimizerChoices = (Object.keys(optimizers) as (keyof typeof optimizers)[]).map((value) => ({
  value,
  label: optimizers[value].label,
}));

const initial: DigitsOptions = {
  site: document.baseURI,
  backend: 'wasm',
  model: 'cnn',
  optimizer: 'adam',
  lr: optimizers.adam.lr,
  epochs: 3,
};

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** Trains a classifier of handwritten digits, and reads what the visitor writes. */
export function DigitsPage(): VNode {
  const run = useLive(() => new DigitsRun());
  const [options, setOptions] = useState(initial);
  const { session } = run;
  return (
    <>
      <h1>A network learns to read digits</h1>
      <p class="lead">
        It trains on 12,000 images of MNIST, here in your browser. Draw a digit at any time, also while it learns, and
        see what it reads.
      </p>
      <div class="columns">
        <section class="card settings" aria-label="Training">
          <Settings options={options} isRunning={session.isRunning} onChange={setOptions} />
          <RunButtons
            status={session.status}
            onStart={() => run.start(options)}
            onPause={() => session.pause()}
            onResume={() => session.resume()}
            onStop={() => session.stop()}
            onReset={() => run.reset()}
          />
          <p role="status" class="status">
            {statusOf(run)}
          </p>
        </section>
        <Progress run={run} />
        <Reading run={run} />
      </div>
    </>
  );
}

interface SettingsProps {
  readonly options: DigitsOptions;
  readonly isRunning: boolean;
  readonly onChange: (options: DigitsOptions) => void;
}

function Settings({ options, isRunning, onChange }: SettingsProps): VNode {
  const set = (changed: Partial<DigitsOptions>): void => onChange({ ...options, ...changed });
  return (
    <Group title="What is trained">
      <Select
        label="Model"
        value={options.model}
        options={models}
        disabled={isRunning}
        onChange={(model) => set({ model })}
      />
      <Select
        label="Optimizer"
        value={options.optimizer}
        options={optimizerChoices}
        disabled={isRunning}
        onChange={(optimizer) => set({ optimizer, lr: optimizers[optimizer].lr })}
      />
      <RateSlider value={options.lr} disabled={isRunning} onInput={(lr) => set({ lr })} />
      <Slider
        label="Epochs"
        value={options.epochs}
        min={1}
        max={10}
        step={1}
        text={String(options.epochs)}
        disabled={isRunning}
        onInput={(epochs) => set({ epochs })}
      />
      <BackendSelect value={options.backend} disabled={isRunning} onChange={(backend) => set({ backend })} />
    </Group>
  );
}

function Progress({ run }: { readonly run: DigitsRun }): VNode {
  const { testAccuracy, stepTime, steps, longTasks } = run;
  const loss = run.recentLoss;
  return (
    <section class="card" aria-label="Progress">
      <Facts
        facts={[
          { name: 'Test accuracy', id: 'test-accuracy', value: testAccuracy === null ? '–' : percent(testAccuracy) },
          { name: 'Steps', id: 'steps', value: steps },
          { name: 'Time of a step', id: 'step-time', value: stepTime === null ? '–' : `${stepTime.toFixed(1)} ms` },
          { name: 'Times the page froze', id: 'long-tasks', value: longTasks.isKnown ? longTasks.count : 'not told' },
        ]}
      />
      <Chart
        title="Loss"
        lines={lossLines}
        data={run.lossData}
        summary={steps === 0 ? 'no steps yet' : `${loss.toFixed(3)} after ${steps} steps`}
      />
      <Chart
        title="Accuracy"
        lines={accuracyLines}
        data={run.accuracyData}
        range={[0, 1]}
        format={(share) => `${Math.round(100 * share)} %`}
        summary={steps === 0 ? 'no steps yet' : `${percent(run.trainingAccuracy)} in training`}
      />
    </section>
  );
}

function Reading({ run }: { readonly run: DigitsRun }): VNode {
  const pad = useRef<Pad>(null);
  const [actual, setActual] = useState<number | null>(null);
  const draw = (image: Uint8Array | null): void => {
    setActual(null);
    run.draw(image);
  };
  const take = async (): Promise<void> => {
    const { image, label } = await randomTestDigit(initial.site);
    pad.current?.show(image);
    setActual(label);
  };
  return (
    <section class="card reading" aria-labelledby="reading">
      <h2 id="reading">Draw a digit</h2>
      <DrawingPad pad={pad} onDraw={draw} />
      <div class="buttons">
        <button type="button" onClick={() => pad.current?.clear()}>
          Clear
        </button>
        <button type="button" onClick={take}>
          Take a test digit
        </button>
      </div>
      <Prediction probabilities={run.probabilities} actual={actual} hint={hintOf(run)} />
    </section>
  );
}

function hintOf({ parameters }: DigitsRun): string {
  return parameters === null
    ? 'Press Train; then the network reads what you draw.'
    : 'Draw, and the network reads along.';
}
