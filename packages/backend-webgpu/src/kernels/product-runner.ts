import { bindViews } from '../codegen/bound-views.ts';
import { depthOf, type OperandType, operandCode, operandType, pushOperand } from '../codegen/operand-source.ts';
import type { OutputType, ProductType } from '../codegen/product-source.ts';
import { tileSource } from '../codegen/tile-source.ts';
import { dotSource, elementSource, partsSource } from '../codegen/untiled-source.ts';
import { isSoftware } from '../device/software.ts';
import type { BufferPool } from '../memory/buffer-pool.ts';
import type { GpuBuffer } from '../memory/gpu-buffer.ts';
import type { CommandQueue } from '../queue/command-queue.ts';
import type { KernelSource } from '../queue/kernel-source.ts';
import { PipelineCache } from '../queue/pipeline-cache.ts';
import { dtypeCode, sharingCode } from './lines.ts';
import { countOf, type Product } from './product.ts';
import { BUSY, groupsOf, type Plan, type ProductSizes, planProduct, type Way, ways } from './product-plan.ts';
import { workgroupsFor } from './workgroups.ts';

/** Runs products: of matrices, and those that convolutions are. */
export class ProductRunner {
  readonly #queue: CommandQueue;
  readonly #pool: BufferPool;
  readonly #busy: number;
  readonly #pipelines = new PipelineCache();
  readonly #sums = new PipelineCache();

  constructor(queue: CommandQueue, pool: BufferPool) {
    this.#queue = queue;
    this.#pool = pool;
    this.#busy = isSoftware(queue.device) ? BUSY.software : BUSY.gpu;
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
    const plan = planProduct(sizes, larger.along === 'depth', this.#busy);
    const type: ProductType = {
      label: product.label,
      dtype: output.view.dtype,
      left: forWay(a, plan.way),
      right: forWay(b, plan.way),
      output: outputType(product),
      inParts: plan.parts > 1,
      slots,
    };
    const pipeline = this.#pipelines.get(keyOf(type, plan.way), () =>
      this.#queue.createPipeline(sourceOf(type, plan.way)),
    );
    const params = sizeValues(sizes, plan);
    pushOperand(params, left);
    pushOperand(params, right);
    const groups = params[0] as number;
    if (plan.parts === 1) {
      pushOutput(params, product);
      return this.#queue.dispatch(pipeline, buffers, params, groups);
    }
    const sums = this.#pool.reserve(4 * plan.parts * sizes.batch * sizes.rows * sizes.columns);
    const factors = bindViews([left.view, right.view]).buffers;
    this.#queue.dispatch(pipeline, [...factors, sums], params, groups);
    this.#addParts(product, sizes, plan, sums);
    this.#pool.recycle(sums);
  }

  #addParts(product: Product, sizes: ProductSizes, plan: Plan, sums: GpuBuffer): void {
    const { view } = product.output;
    const type = outputType(product);
    const pipeline = this.#sums.get([dtypeCode(view.dtype), outputCode(type)], () =>
      this.#queue.createPipeline(partsSource(product.label, view.dtype, type)),
    );
    const params = sizeValues(sizes, plan);
    pushOutput(params, product);
    const groups = workgroupsFor(sizes.batch * sizes.rows * sizes.columns);
    this.#queue.dispatch(pipeline, [sums, view.storage.handle as GpuBuffer], params, groups);
  }
}

/** Only tiles read vectors. */
function forWay(operand: OperandType, way: Way): OperandType {
  return typeof way === 'string' && operand.isVector ? { ...operand, isVector: false } : operand;
}

function sourceOf(type: ProductType, way: Way): KernelSource {
  if (way === 'element') return elementSource(type);
  return way === 'dot' ? dotSource(type) : tileSource(type, way);
}

function keyOf(type: ProductType, way: Way): readonly number[] {
  return [
    ways.indexOf(way),
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
function sizeValues(sizes: ProductSizes, { way, parts }: Plan): number[] {
  const { batch, rows, columns, depth } = sizes;
  const groups = groupsOf(way, { ...sizes, batch: batch * parts });
  const unit = typeof way === 'string' ? 1 : way.depth;
  const partLength = Math.ceil(depth / parts / unit) * unit;
  return [groups, batch, rows, columns, depth, parts, partLength];
}

function pushOutput(list: number[], { output: { view, batch, rows, columns } }: Product): void {
  list.push(...batch.shape, ...rows.shape, ...columns.shape);
  list.push(view.layout.offset, ...batch.strides, ...rows.strides, ...columns.strides);
}
