import type { ComponentChildren, VNode } from 'preact';
import { useId } from 'preact/hooks';

interface SelectProps<Value extends string> {
  readonly label: string;
  readonly value: Value;
  readonly options: readonly { readonly value: Value; readonly label: string; readonly disabled?: boolean }[];
  readonly disabled?: boolean;
  readonly onChange: (value: Value) => void;
}

/** A labelled list to choose from. */
export function Select<Value extends string>(props: SelectProps<Value>): VNode {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <select
        id={id}
        value={props.value}
        disabled={props.disabled}
        onChange={(event) => props.onChange(event.currentTarget.value as Value)}
      >
        {props.options.map(({ value, label, disabled }) => (
          <option key={value} value={value} disabled={disabled}>
            {label}
          </option>
        ))}
      </select>
    </div>
  );
}

interface SliderProps {
  readonly label: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  /** The value as it is read: beside the slider, and aloud. */
  readonly text: string;
  readonly disabled?: boolean;
  readonly onInput: (value: number) => void;
}

/** A labelled slider that says its value. */
export function Slider({ label, text, onInput, ...range }: SliderProps): VNode {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>
        {label} <output for={id}>{text}</output>
      </label>
      <input
        {...range}
        id={id}
        type="range"
        aria-valuetext={text}
        onInput={(event) => onInput(event.currentTarget.valueAsNumber)}
      />
    </div>
  );
}

/** 1, 2 and 5 times the powers of ten: rates to choose from. */
const rates: readonly number[] = [-4, -3, -2, -1, 0].flatMap((power) => [1, 2, 5].map((n) => Number(`${n}e${power}`)));

interface RateProps {
  readonly label?: string;
  readonly value: number;
  readonly disabled?: boolean;
  readonly onInput: (value: number) => void;
}

/** A learning rate, on a logarithmic scale. */
export function RateSlider({ label = 'Learning rate', value, onInput, ...rest }: RateProps): VNode {
  const at = rates.indexOf(value);
  return (
    <Slider
      {...rest}
      label={label}
      value={at}
      min={0}
      max={rates.length - 1}
      step={1}
      text={String(value)}
      onInput={(index) => onInput(rates[index] as number)}
    />
  );
}

/** A group of controls with a name. */
export function Group({ title, children }: { readonly title: string; readonly children: ComponentChildren }): VNode {
  return (
    <fieldset>
      <legend>{title}</legend>
      {children}
    </fieldset>
  );
}
