import type { ComponentChildren, VNode } from 'preact';

interface Fact {
  readonly name: string;
  readonly value: ComponentChildren;
  /** Name of the fact for programs. */
  readonly id?: string;
}

/** A few numbers, large. */
export function Facts({ facts }: { readonly facts: readonly Fact[] }): VNode {
  return (
    <dl class="facts">
      {facts.map(({ name, value, id }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd data-fact={id}>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
