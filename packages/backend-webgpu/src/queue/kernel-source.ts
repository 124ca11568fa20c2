/** A storage buffer that a kernel binds. */
export interface Binding {
  readonly name: string;
  /** What it is an array of: `f32`, `vec4<f32>`, `atomic<u32>`. */
  readonly element: string;
  /** Whether the kernel writes to it. */
  readonly written: boolean;
}

/** dtypes of parameters: one word each. */
export type ParamType = 'u32' | 'i32' | 'f32';

/** A number that comes with every launch; the kernel reads it as `p.NAME`. */
export interface Param {
  readonly name: string;
  readonly type: ParamType;
}

/** One kernel, as text. */
export interface KernelSource {
  /** For error messages and profilers: the kernel's name, as `matmul`. */
  readonly label: string;
  readonly bindings: readonly Binding[];
  readonly params: readonly Param[];
  /** Invocations of a workgroup, per dimension. */
  readonly workgroup: readonly [x: number, y: number, z: number];
  /** Whether it uses subgroup operations: code sees `subgroup`, `subgroups` (how many there are) and `subgroupLane` then, functions too. */
  readonly usesSubgroups?: boolean;
  /** Functions, constants and shared memory (`var<workgroup>`), in front of the entry point. */
  readonly declarations?: string;
  /**
   * The entry point's body. It sees the bindings, `p`, and as u32: `group` (the workgroup's number, over all dimensions),
   * `local` (the invocation's number in its workgroup), `thread` (its number among all) and the built-in vectors `groupId`, `localId`.
   */
  readonly body: string;
}

/** So many parameters of one type. */
export function params(type: ParamType, ...names: readonly string[]): readonly Param[] {
  return names.map((name) => ({ name, type }));
}

/** The whole module in WGSL. */
export function moduleText(source: KernelSource): string {
  const { bindings, workgroup, usesSubgroups = false, declarations = '', body } = source;
  const [x, y, z] = workgroup;
  const fields = source.params.map(({ name, type }) => `  ${name}: ${type},`).join('\n');
  const buffers = bindings.map(({ name, element, written }, at) => {
    return `@group(0) @binding(${at}) var<storage, ${written ? 'read_write' : 'read'}> ${name}: array<${element}>;`;
  });
  return `${usesSubgroups ? 'enable subgroups;\nrequires subgroup_id;\n' : ''}struct Params {
${fields}
}
${buffers.join('\n')}
@group(0) @binding(${bindings.length}) var<uniform> p: Params;
${usesSubgroups ? subgroupVariables : ''}${declarations}
@compute @workgroup_size(${x}, ${y}, ${z})
fn main(
  @builtin(workgroup_id) groupId: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_id) localId: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
${usesSubgroups ? subgroupParameters : ''}) {
  let group = groupId.x + groups.x * (groupId.y + groups.y * groupId.z);
  let thread = group * ${x * y * z}u + local;
${usesSubgroups ? '  subgroup = subgroupId;\n  subgroups = subgroupCount;\n  subgroupLane = laneId;' : ''}
${body}
}
`;
}

const subgroupVariables = `var<private> subgroup: u32;
var<private> subgroups: u32;
var<private> subgroupLane: u32;
`;

const subgroupParameters = `  @builtin(subgroup_id) subgroupId: u32,
  @builtin(num_subgroups) subgroupCount: u32,
  @builtin(subgroup_invocation_id) laneId: u32,
`;
