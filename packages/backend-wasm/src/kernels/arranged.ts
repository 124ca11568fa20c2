import { type Backend, copyView, type View, withScratch } from '@gradus/backend';
import type { Layout } from '@gradus/storage';

type Views<Name extends string> = Readonly<Record<Name, View>>;

/** Runs `body` on views that lie as the kernel wants: others are copied first, results afterwards. */
export function withArranged<Input extends string, Output extends string>(
  backend: Backend,
  isArranged: (layout: Layout) => boolean,
  inputs: Views<Input>,
  outputs: Views<Output>,
  body: (views: Views<Input | Output>) => void,
): void {
  withScratch(backend, (allocate) => {
    const results: (readonly [from: View, to: View])[] = [];
    const arranged = (view: View, isResult: boolean): View => {
      if (isArranged(view.layout)) return view;
      const copy = allocate(view.layout.shape, view.dtype);
      if (isResult) results.push([copy, view]);
      else copyView(backend, view, copy);
      return copy;
    };
    const entries = <Name extends string>(views: Views<Name>, areResults: boolean): [string, View][] =>
      Object.entries<View>(views).map(([name, view]) => [name, arranged(view, areResults)]);
    body(Object.fromEntries([...entries(inputs, false), ...entries(outputs, true)]) as Views<Input | Output>);
    for (const [from, to] of results) copyView(backend, from, to);
  });
}

/** Whether elements of a row are neighbours. */
export function hasUnitSteps({ shape, strides }: Layout): boolean {
  return strides.at(-1) === 1 || shape.at(-1) === 1;
}
