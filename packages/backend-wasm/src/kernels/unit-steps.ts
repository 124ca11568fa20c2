import { type Backend, copyView, type View, withScratch } from '@gradus/backend';

type Views<Name extends string> = Readonly<Record<Name, View>>;

/** Runs `body` on views whose rows have neighbouring elements: others are copied first, results afterwards. */
export function withUnitSteps<Input extends string, Output extends string>(
  backend: Backend,
  inputs: Views<Input>,
  outputs: Views<Output>,
  body: (views: Views<Input | Output>) => void,
): void {
  withScratch(backend, (allocate) => {
    const results: (readonly [from: View, to: View])[] = [];
    const arranged = (view: View, isResult: boolean): View => {
      const { shape, strides } = view.layout;
      if (strides.at(-1) === 1 || shape.at(-1) === 1) return view;
      const copy = allocate(shape, view.dtype);
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
