import type { VNode } from 'preact';

interface PredictionProps {
  readonly probabilities: readonly number[] | null;
  /** Said where there is nothing to show. */
  readonly hint: string;
  /** What the digit is, where that is known. */
  readonly actual: number | null;
}

const percent = (share: number): string => `${Math.round(100 * share)} %`;

/** How likely each digit is, as bars; the likeliest also in words, which screen readers say when they change. */
export function Prediction({ probabilities, hint, actual }: PredictionProps): VNode {
  const best = probabilities === null ? -1 : probabilities.indexOf(Math.max(...probabilities));
  const truth = actual === null || best < 0 ? '' : best === actual ? ', which is right' : `, but it is a ${actual}`;
  return (
    <div class="prediction">
      <p role="status" class="verdict">
        {probabilities === null ? (
          hint
        ) : (
          <>
            It looks like a <strong data-fact="digit">{best}</strong>
            {truth}
          </>
        )}
      </p>
      <ol class="bars" start={0} aria-label="Probability of each digit">
        {Array.from({ length: 10 }, (_, digit) => {
          const share = probabilities?.[digit] ?? 0;
          return (
            <li key={digit} class={digit === best ? 'best' : ''}>
              <b>{digit}</b>
              <span class="bar">
                <i style={{ width: `${100 * share}%` }} />
              </span>
              <span class="share">{probabilities === null ? '' : percent(share)}</span>
            </li>
          );
        })}
      </ol>
    </div>
  );
}
