/** How a listener is added. */
export interface ListenerOptions {
  /** Whether it is removed after its first event. */
  readonly once?: boolean;
  /** Removes it when it aborts. */
  readonly signal?: AbortSignal;
}

/** Like EventTarget, for events that carry what happened in `detail`, with their types. */
export class TypedEventTarget<Events> {
  readonly #target: EventTarget = new EventTarget();

  addEventListener<Type extends keyof Events & string>(
    type: Type,
    listener: (event: CustomEvent<Events[Type]>) => void,
    options?: ListenerOptions,
  ): void {
    this.#target.addEventListener(type, listener as EventListener, options);
  }

  removeEventListener<Type extends keyof Events & string>(
    type: Type,
    listener: (event: CustomEvent<Events[Type]>) => void,
  ): void {
    this.#target.removeEventListener(type, listener as EventListener);
  }

  protected emit<Type extends keyof Events & string>(type: Type, detail: Events[Type]): void {
    this.#target.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
