/** Like EventTarget, for events that carry what happened in `detail`, with their types. */
export class TypedEventTarget<Events> {
  readonly #target: EventTarget = new EventTarget();

  addEventListener<Type extends keyof Events & string>(
    type: Type,
    listener: (event: CustomEvent<Events[Type]>) => void,
    options?: AddEventListenerOptions | boolean,
  ): void {
    this.#target.addEventListener(type, listener as EventListener, options);
  }

  removeEventListener<Type extends keyof Events & string>(
    type: Type,
    listener: (event: CustomEvent<Events[Type]>) => void,
    options?: EventListenerOptions | boolean,
  ): void {
    this.#target.removeEventListener(type, listener as EventListener, options);
  }

  protected emit<Type extends keyof Events & string>(type: Type, detail: Events[Type]): void {
    this.#target.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
