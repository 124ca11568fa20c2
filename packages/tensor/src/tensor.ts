/// <reference lib="esnext.disposable" preserve="true" />
import type { Backend } from '@gradus/backend';
import {
  AutogradError,
  type DType,
  isFloat,
  type Layout,
  type Movement,
  type Shape,
  type Storage,
  type View,
} from '@gradus/storage';
import { GradientState } from './gradient-state.ts';
import { isTracking, track, untrack } from './memory.ts';
import type { TensorMethods } from './methods.ts';
import { printTensor } from './print.ts';
import { type BackwardOptions, type GradientHook, recorder, requireRecorder } from './recorder.ts';

/** Where a view came from. */
export interface ViewSource {
  readonly parent: Tensor;
  readonly movement: Movement;
  /** The op that gave several views at once, none of which may be written in place while ops are recorded. */
  readonly oneOf?: string;
}

/**
 * An n-dimensional array of one dtype on one backend. Ops are methods (`x.add(y)`) and functions (`add(x, y)`);
 * a trailing underscore (`x.add_(y)`) writes in place. Views share memory and see each other's writes.
 *
 * @see https://pytorch.org/docs/stable/tensors.html
 */
export class Tensor implements View<Backend> {
  readonly storage: Storage<Backend>;
  readonly layout: Layout;
  readonly dtype: DType;
  /** Set on views: the tensor and movement that they are a view by. */
  source: ViewSource | null = null;
  /** What automatic differentiation keeps here. */
  gradient: GradientState | null = null;
  #disposed = false;

  /** Takes over one reference to the storage. Users make tensors with `tensor`, `zeros` and the like. */
  constructor(storage: Storage<Backend>, layout: Layout, dtype: DType) {
    this.storage = storage;
    this.layout = layout;
    this.dtype = dtype;
    if (isTracking()) track(this);
  }

  get shape(): Shape {
    return this.layout.shape;
  }

  /** Number of axes. */
  get ndim(): number {
    return this.layout.shape.length;
  }

  /** Number of elements. */
  get size(): number {
    return this.layout.size;
  }

  get backend(): Backend {
    return this.storage.owner;
  }

  get isDisposed(): boolean {
    return this.#disposed;
  }

  /**
   * Whether gradients are wanted for this tensor: set by the user on leaves, inherited by results. Only float tensors
   * can require grad.
   */
  get requiresGrad(): boolean {
    return recorder === null ? (this.gradient?.requiresGrad ?? false) : recorder.requiresGrad(this);
  }

  set requiresGrad(value: boolean) {
    this.setRequiresGrad(value);
  }

  /** Sets `requiresGrad` and returns the tensor, for chaining (PyTorch's `requires_grad_`). */
  setRequiresGrad(value = true): this {
    if (value && !isFloat(this.dtype)) throw new AutogradError(`requiresGrad: only float tensors, not ${this.dtype}`);
    if (!this.isLeaf) {
      if (value) return this;
      throw new AutogradError(
        'requiresGrad: can only be cleared on leaves; use x.detach() for a tensor without history',
      );
    }
    if (value) recorder?.assertRecordable(this);
    if (value || this.gradient !== null) this.gradientState().requiresGrad = value;
    return this;
  }

  /** Whether no recorded op made this tensor: its gradient accumulates in `grad`. */
  get isLeaf(): boolean {
    return this.gradient === null || this.gradient.node === null;
  }

  /** The accumulated gradient, or null. */
  get grad(): Tensor | null {
    return this.gradient?.grad ?? null;
  }

  set grad(value: Tensor | null) {
    if (value !== null || this.gradient !== null) this.gradientState().grad = value;
  }

  /** The tensor's gradient state, made on demand. */
  gradientState(): GradientState {
    this.gradient ??= new GradientState();
    return this.gradient;
  }

  /**
   * Accumulates the gradients of this tensor in the leaves below it.
   *
   * @see https://pytorch.org/docs/stable/generated/torch.Tensor.backward.html
   */
  backward(options: BackwardOptions = {}): void {
    requireRecorder('backward()').backward(this, options);
  }

  /**
   * Runs `hook` on this tensor's gradient whenever one is computed, before anything uses it; a tensor that the hook
   * returns replaces it. The returned function removes the hook.
   *
   * @see https://pytorch.org/docs/stable/generated/torch.Tensor.register_hook.html
   */
  registerHook(hook: GradientHook): () => void {
    return requireRecorder('registerHook()').registerHook(this, hook);
  }

  /** Makes a tensor that is no leaf keep its gradient in `grad` too. */
  retainGrad(): void {
    requireRecorder('retainGrad()').retainGrad(this);
  }

  /**
   * Makes this handle stand for another tensor's memory, keeping its identity, `grad` and `requiresGrad`: how a module's
   * parameters change dtype or backend while optimizers hold them. (PyTorch's `x.data = other`.)
   */
  setData(other: Tensor): void {
    other.storage.retain();
    this.storage.release();
    Object.assign(this, { storage: other.storage, layout: other.layout, dtype: other.dtype });
  }

  /** Gives this handle's hold on the memory back; the memory goes with the last hold on it. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    untrack(this);
    this.storage.release();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Values as PyTorch prints them, where the backend reads synchronously; shape and dtype otherwise. */
  toString(): string {
    return printTensor(this);
  }
}

/** The ops of `ops/`, as methods: typed in `methods.ts`, put on the prototype by `install-methods.ts`. */
export interface Tensor extends TensorMethods {}
