import { BackendError } from '@gradus/storage';
import type { Acquired } from '../device/acquire.ts';
import type { Failures } from '../device/failures.ts';
import { isSoftware } from '../device/software.ts';
import { BufferUsage } from '../device/usage.ts';
import type { GpuBuffer } from '../memory/gpu-buffer.ts';
import { type KernelSource, params } from './kernel-source.ts';
import { ParamRing, RING_BYTES } from './param-ring.ts';
import { type Pipeline, PipelineFactory } from './pipeline.ts';
import { Readback } from './readback.ts';
import { Stopwatch } from './stopwatch.ts';
import { UploadRing } from './upload-ring.ts';
import { wordsOf } from './whole-words.ts';

/** Launches from which on a batch is submitted, so that the GPU starts while more is being encoded. */
const BATCH = 128;

/** How many workgroups: a number, which is spread over the dimensions, or a number per dimension. */
export type Workgroups = number | readonly [x: number, y: number, z: number];

/**
 * The commands on their way to the GPU. Launches are encoded at once and submitted in batches: when there are many, when
 * something is read, when somebody waits. Everything happens in the order in which it was asked for.
 */
export class CommandQueue {
  readonly device: GPUDevice;
  /** Whether kernels may use subgroup operations. */
  readonly subgroups: boolean;
  /** Whether a processor plays the GPU. */
  readonly isSoftware: boolean;
  readonly #failures: Failures;
  readonly #pipelines: PipelineFactory;
  readonly #params: GPUBuffer;
  readonly #ring = new ParamRing();
  readonly #uploads: UploadRing;
  readonly #readback: Readback;
  readonly #maxGroups: number;
  #encoder: GPUCommandEncoder | null = null;
  #pass: GPUComputePassEncoder | null = null;
  #current: Pipeline | null = null;
  #patch: Pipeline | null = null;
  #launches = 0;
  #batch = 0;
  readonly #offset: [number] = [0];

  constructor({ device, subgroups }: Pick<Acquired, 'device' | 'subgroups'>, failures: Failures) {
    this.device = device;
    this.subgroups = subgroups;
    this.isSoftware = isSoftware(device);
    this.#failures = failures;
    const usage = BufferUsage.uniform | BufferUsage.copyTarget;
    this.#params = device.createBuffer({ label: 'parameters', size: RING_BYTES, usage });
    this.#pipelines = new PipelineFactory(device, this.#params);
    this.#uploads = new UploadRing(device);
    this.#readback = new Readback(device, failures);
    this.#maxGroups = device.limits.maxComputeWorkgroupsPerDimension;
  }

  createPipeline(source: KernelSource): Pipeline {
    return this.#pipelines.create(source);
  }

  /**
   * Runs a kernel: `buffers` are its bindings in order (no buffer twice), `values` those of its parameters in order. A number of
   * workgroups may exceed what a dimension takes; then there may be a few more of them than asked for.
   */
  dispatch(pipeline: Pipeline, buffers: readonly GpuBuffer[], values: readonly number[], workgroups: Workgroups): void {
    if (!this.#ring.hasRoomFor(pipeline.paramBytes)) this.flush();
    const pass = this.#computePass();
    if (pipeline !== this.#current) {
      pass.setPipeline(pipeline.gpu);
      this.#current = pipeline;
    }
    for (let i = 0; i < buffers.length; i++) (buffers[i] as GpuBuffer).batch = this.#batch;
    this.#offset[0] = this.#ring.push(values, pipeline.paramTypes, pipeline.paramBytes);
    pass.setBindGroup(0, pipeline.groups.get(buffers, pipeline.label), this.#offset);
    if (typeof workgroups !== 'number') pass.dispatchWorkgroups(...workgroups);
    else if (workgroups <= this.#maxGroups) pass.dispatchWorkgroups(workgroups);
    else this.#dispatchMany(pass, workgroups);
    if (++this.#launches >= BATCH) this.flush();
  }

  /**
   * Submits launches by themselves, in a pass of their own, and tells how many nanoseconds the GPU was busy with them. Wants a device
   * with the feature `timestamp-query`, and at most as many launches as a batch has.
   */
  async measure(launch: () => void): Promise<number> {
    this.flush();
    const stopwatch = new Stopwatch(this.device);
    this.#encoder = this.device.createCommandEncoder();
    this.#pass = this.#encoder.beginComputePass({ timestampWrites: stopwatch.writes });
    launch();
    this.#endPass();
    stopwatch.resolve(this.#encoder);
    this.flush();
    return await stopwatch.read();
  }

  /** Writes bytes, anywhere in the buffer. */
  upload(buffer: GpuBuffer, byteOffset: number, bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const words = wordsOf(bytes, byteOffset, buffer.byteLength);
    if (words.bytes.length > 0) this.#uploadWords(buffer, words.byteOffset, words.bytes);
    for (const { word, mask, value } of words.patches) {
      this.#patch ??= this.createPipeline(patchSource);
      this.dispatch(this.#patch, [buffer], [word, mask, value], 1);
    }
  }

  /** Waits for the bytes, after all that was asked for so far. */
  async download(buffer: GpuBuffer, byteOffset: number, byteLength: number): Promise<Uint8Array> {
    const copied = this.#readback.begin(this.#copyEncoder(), buffer, byteOffset, byteLength);
    buffer.batch = this.#batch;
    this.flush();
    return await copied.finish();
  }

  /** Submits what was encoded. */
  flush(): void {
    this.#endPass();
    const encoder = this.#encoder;
    if (encoder === null) return;
    this.#encoder = null;
    this.#launches = 0;
    this.#batch++;
    const { queue } = this.device;
    if (!this.#ring.isEmpty) this.#ring.send(queue, this.#params);
    this.#uploads.send(queue);
    queue.submit([encoder.finish()]);
  }

  async synchronize(): Promise<void> {
    this.flush();
    await this.#failures.during('waiting', this.device.queue.onSubmittedWorkDone());
  }

  /** To be called before buffers are destroyed. */
  forgetBuffers(): void {
    this.flush();
    this.#pipelines.clearGroups();
  }

  #uploadWords(buffer: GpuBuffer, byteOffset: number, bytes: Uint8Array<ArrayBuffer>): void {
    // Commands that are encoded but not submitted would see what is written now: it is put in line behind them.
    if (buffer.batch === this.#batch) {
      if (this.#uploads.canTake(bytes.length)) {
        this.#uploads.push(bytes, this.#copyEncoder(), buffer, byteOffset);
        return;
      }
      this.flush();
    }
    this.device.queue.writeBuffer(buffer.gpu, byteOffset, bytes);
  }

  #dispatchMany(pass: GPUComputePassEncoder, workgroups: number): void {
    const max = this.#maxGroups;
    const z = Math.ceil(workgroups / (max * max));
    const y = Math.ceil(workgroups / (max * z));
    const x = Math.ceil(workgroups / (y * z));
    if (z > max) throw new BackendError(`webgpu: ${workgroups} workgroups in one launch; compute it in parts`);
    pass.dispatchWorkgroups(x, y, z);
  }

  #computePass(): GPUComputePassEncoder {
    this.#encoder ??= this.device.createCommandEncoder();
    this.#pass ??= this.#encoder.beginComputePass();
    return this.#pass;
  }

  /** For copies, which stand outside of passes. */
  #copyEncoder(): GPUCommandEncoder {
    this.#endPass();
    this.#encoder ??= this.device.createCommandEncoder();
    return this.#encoder;
  }

  #endPass(): void {
    this.#pass?.end();
    this.#pass = null;
    this.#current = null;
  }
}

/** Replaces some bits of one word. */
const patchSource: KernelSource = {
  label: 'upload',
  bindings: [{ name: 'words', element: 'u32', written: true }],
  params: params('u32', 'word', 'mask', 'value'),
  workgroup: [1, 1, 1],
  body: '  words[p.word] = (words[p.word] & ~p.mask) | p.value;',
};
