import type { PackedError } from '@gradus/data';
import type { TrainingEventMap } from '../callbacks/training-events.ts';

/** What a program tells the worker that trains. */
export type Command =
  | { readonly type: 'start'; readonly options: unknown; readonly stopped: boolean }
  | { readonly type: 'pause' | 'resume' | 'stop' }
  | { readonly type: 'message'; readonly message: unknown };

/** An event of training, on its way to the program. */
export type SentEvent = {
  [Type in keyof TrainingEventMap]: { readonly name: Type; readonly detail: TrainingEventMap[Type] };
}[keyof TrainingEventMap];

/** What the worker tells. */
export type Report =
  | { readonly type: 'events'; readonly events: readonly SentEvent[] }
  | { readonly type: 'message'; readonly message: unknown }
  | { readonly type: 'result'; readonly result: unknown }
  | { readonly type: 'error'; readonly error: PackedError };
