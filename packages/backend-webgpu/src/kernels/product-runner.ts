import { blockSource } from '../codegen/block-source.ts';
import { bindViews } from '../codegen/bound-views.ts';
import { depthOf, type OperandType, operandCode, operandType, pushOperand } from '../codegen/operand-source.ts';
import type { OutputType, ProductType } from '../codegen/product-source.ts';
import { tileSource } from '../codegen/tile-source.ts';
import { dotSource, partsSource } from '../codegen/untiled-source.ts';
import { isSoftware } from '../device/software.ts';
import type { BufferPool } from '../memory/buffer-pool.ts';
import type { GpuBuffer } from '../memory/gpu-buffer.ts';
import type { CommandQueue } from '../queue/command-queue.ts';
import type { KernelSource } from '../queue/kernel-source.ts';
import type { Pipeline } from '../queue/pipeline.ts';
import { PipelineCache } from '../queue/pipeline-cache.ts';
import { dtypeCode, sharingCode } from './lines.ts';
import { countOf, type Product } from './product.ts';
import { hasAlternatives, PART_UNIT, type Plan, type ProductSizes, planProduct } from './product-plan.ts';
import { classOf, type ProductTuner, type Trial } from './product-tuner.ts';
import { groupsOf, isTile, type Way, wayCode } from './product-ways.ts';
import { workgroupsFor } from './workgroups.ts';

/** A product as it is launched, whichever way. */
interface Task {
  readonly product: Product;
  readonly sizes: ProductSizes;
  readonly plan: Plan;
  readonly left: OperandType;
  readonly right: OperandType;
  readonly slots: readonly number[];
  /** Both factors, and the result or the sums of parts. */
  readonly buffers: readonly GpuBuffer[];
}

/** Runs products: of matrices, and those that convolutions are. */
export class ProductRunner {
  readonly #queue: CommandQueue;
  readonly #pool: BufferPool;
  readonly #isSoftware: boolean;
  readonly #tuner: ProductTuner | null;
  readonly #pipelines = new PipelineCache();
  readonly #sums = new PipelineCache();

  constructor(queue: CommandQueue, pool: BufferPool, tuner: ProductTuner | null) {
    this.#queue = queue;
    this.#pool = pool;
    this.#isSoftware = isSoftware(queue.device);
    this.#tuner = tuner;
  }

  run(product: Product): void {
    const { left, right, output } = product;
    const sizes: ProductSizes = {
      batch: countOf(output.batch),
      rows: countOf(output.rows),
      columns: countOf(output.columns),
      depth: depthOf(left),
    };
    if (sizes.batch * sizes.rows * sizes.columns === 0) return;
    const { buffers, slots } = bindViews([left.view, right.view, output.view]);
    const [a, b] = [left, right].map((operand, k) => {
      return operandType(operand, slots.filter((slot) => slot === slots[k]).length === 1);
    }) as [OperandType, OperandType];
    const larger = sizes.rows > sizes.columns ? a : b;
    const plan = planProduct(sizes, larger.along === 'depth', this.#isSoftware);
    const task = { product, sizes, plan, left: a, right: b, slots };
    if (plan.parts === 1) return this.#multiply({ ...task, buffers });
    const sums = this.#pool.reserve(4 * plan.parts * sizes.batch * sizes.rows * sizes.columns);
    this.#multiply({ ...task, buffers: [...bindViews([left.view, right.view]).buffers, sums] });
    this.#addParts(product, sizes, plan, sums);
    this.#pool.recycle(sums);
  }

  #multiply(task: Task): void {
    const way = this.#wayFor(task);
    if (typeof way === 'string' || !('trial' in way)) return this.#launch(task, way, 1);
    const { trial, repeats, tell } = way;
    // A device that is lost or given up meanwhile tells nothing.
    this.#queue.measure(() => this.#launch(task, trial, repeats)).then(tell, () => undefined);
  }

  #wayFor({ product, sizes, plan, left, right }: Task): Way | Trial {
    if (this.#tuner === null || !hasAlternatives(plan, sizes)) return plan.way;
    const productClass = classOf(product.output.view.dtype, left, right, sizes);
    // What adds to the result must not be repeated, so that it can't be timed.
    const canRepeat = plan.parts > 1 || !product.accumulate;
    return this.#tuner.wayFor(productClass, sizes, plan, canRepeat);
  }

  #launch(task: Task, way: Way, repeats: number): void {
    const { product, sizes, plan, buffers } = task;
    const pipeline = this.#pipelineFor(task, way);
    const params = sizeValues(sizes, way, plan.parts);
    pushOperand(params, product.left);
    pushOperand(params, product.right);
    if (plan.parts === 1) pushOutput(params, product);
    for (let i = 0; i < repeats; i++) this.#queue.dispatch(pipeline, buffers, params, params[0] as number);
  }

  #pipelineFor({ product, plan, left, right, slots }: Task, way: Way): Pipeline {
    const type: ProductType = {
      label: product.label,
      dtype: product.output.view.dtype,
      left: forWay(left, way),
      right: forWay(right, way),
      output: outputType(product),
      inParts: plan.parts > 1,
      slots,
    };
    return this.#pipelines.get(keyOf(type, way), () => this.#queue.createPipeline(sourceOf(type, way)));
  }

  #addParts(product: Product, sizes: ProductSizes, { way, parts }: Plan, sums: GpuBuffer): void {
    const { view } = product.output;
    const type = outputType(product);
    const pipeline = this.#sums.get([dtypeCode(view.dtype), outputCode(type)], () =>
      this.#queue.createPipeline(partsSource(product.label, view.dtype, type)),
    );
    const params = sizeValues(sizes, way, parts);
    pushOutput(params, product);
    const groups = workgroupsFor(sizes.batch * sizes.rows * sizes.columns);
    this.#queue.dispatch(pipeline, [sums, view.storage.handle as GpuBuffer], params, groups);
  }
}

/** Only tiles read vectors. */
function forWay(operand: OperandType, way: Way): OperandType {
  return !isTile(way) && operand.isVector ? { ...operand, isVector: false } : operand;
}

function sourceOf(type: ProductType, way: Way): KernelSource {
  if (way === 'dot') return dotSource(type);
  return isTile(way) ? tileSource(type, way) : blockSource(type, way);
}

function keyOf(type: ProductType, way: Way): readonly number[] {
  return [
    wayCode(way),
    dtypeCode(type.dtype),
    operandCode(type.left),
    operandCode(type.right),
    outputCode(type.output),
    type.inParts ? 1 : 0,
    sharingCode(type.slots),
  ];
}

function outputType({ output, accumulate }: Product): OutputType {
  return {
    batchRank: output.batch.shape.length,
    rowRank: output.rows.shape.length,
    columnRank: output.columns.shape.length,
    accumulate,
  };
}

function outputCode({ batchRank, rowRank, columnRank, accumulate }: OutputType): number {
  return ((batchRank * 32 + rowRank) * 32 + columnRank) * 2 + (accumulate ? 1 : 0);
}

/** Values of `PRODUCT_SIZES`. */
function sizeValues(sizes: ProductSizes, way: Way, parts: number): number[] {
  const { batch, rows, columns, depth } = sizes;
  const groups = Math.ceil(groupsOf(way, { ...sizes, batch: batch * parts }));
  const partLength = Math.ceil(depth / parts / PART_UNIT) * PART_UNIT;
  return [groups, batch, rows, columns, depth, parts, partLength];
}

function pushOutput(list: number[], { output: { view, batch, rows, columns } }: Product): void {
  list.push(...batch.shape, ...rows.shape, ...columns.shape);
  list.push(view.layout.offset, ...batch.strides, ...rows.strides, ...columns.strides);
}
