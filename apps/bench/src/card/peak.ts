const INVOCATIONS = 256;

/** Workgroups of the first launch, for a processor that plays a card; cards get more. */
const GROUPS = 16;

const MOST_GROUPS = 32768;

/** Seconds from which on a launch is long enough to be timed. */
const LONG = 0.02;

/** Multiplications with an addition per invocation: this many rounds of eight vectors of four. */
const ROUNDS = 1024;

const FLOPS_PER_GROUP = 2 * 4 * 8 * ROUNDS * INVOCATIONS;

const BUFFER_USAGE_STORAGE = 0x80;

/** Eight chains that don't wait for each other; the result is stored, so that none of it is left out. */
const code = `
@group(0) @binding(0) var<storage, read_write> result: array<vec4<f32>>;
@compute @workgroup_size(${INVOCATIONS})
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let factor = vec4<f32>(f32(id.x) * 1e-9);
${[0, 1, 2, 3, 4, 5, 6, 7].map((i) => `  var sum${i} = vec4<f32>(${i}f);`).join('\n')}
  for (var round = 0u; round < ${ROUNDS}u; round++) {
${[0, 1, 2, 3, 4, 5, 6, 7].map((i) => `    sum${i} = fma(sum${i}, factor, factor);`).join('\n')}
  }
  result[id.x % ${INVOCATIONS}u] = sum0 + sum1 + sum2 + sum3 + sum4 + sum5 + sum6 + sum7;
}`;

/** The most float32 operations per second that the GPU was seen to do, out of registers. */
export async function measuredPeak(device: GPUDevice): Promise<number> {
  const module = device.createShaderModule({ label: 'peak', code });
  const pipeline = await device.createComputePipelineAsync({ layout: 'auto', compute: { module, entryPoint: 'main' } });
  const buffer = device.createBuffer({ size: 16 * INVOCATIONS, usage: BUFFER_USAGE_STORAGE });
  const entries = [{ binding: 0, resource: { buffer } }];
  const group = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
  const run = async (groups: number): Promise<number> => {
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(groups);
    pass.end();
    const start = performance.now();
    device.queue.submit([encoder.finish()]);
    await device.queue.onSubmittedWorkDone();
    return (performance.now() - start) / 1000;
  };
  await run(1);
  let groups = GROUPS;
  while (groups < MOST_GROUPS && (await run(groups)) < LONG) groups *= 2;
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 5; i++) best = Math.min(best, await run(groups));
  buffer.destroy();
  return (FLOPS_PER_GROUP * groups) / best;
}
