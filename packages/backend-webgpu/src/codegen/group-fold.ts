import type { Fold } from '@gradus/backend';

/** Folds that can be made of parts in any order. */
export type GroupFold = Extract<Fold, 'sum' | 'prod' | 'max' | 'min'>;

/** Two values folded; `type` is f32, i32, u32, or a vector of f32. */
export function mergedBy(fold: GroupFold, type: string): (a: string, b: string) => string {
  if (fold === 'sum') return (a, b) => `${a} + ${b}`;
  if (fold === 'prod') return (a, b) => `${a} * ${b}`;
  return (a, b) => `${fold}${type === 'f32' ? '32' : ''}(${a}, ${b})`;
}

/** Some invocations of a workgroup, several times over: `lanes` of them, `step` apart, fold with each other. */
export interface Team {
  readonly workgroup: number;
  readonly lanes: number;
  readonly step: number;
}

/**
 * Declares `name(value, local, lane)`: a fold over the invocations of a team, by a tree in shared memory. All of them get the
 * result.
 */
export function treeFold(
  name: string,
  type: string,
  merged: (a: string, b: string) => string,
  { workgroup, lanes, step }: Team,
): string {
  const head = headOf(name, type);
  if (lanes === 1) return `\n${head} { return value; }\n`;
  const shared = `${name}Lanes`;
  return `
var<workgroup> ${shared}: array<${type}, ${workgroup}>;
${head} {
  ${shared}[local] = value;
  workgroupBarrier();
  for (var distance = ${lanes / 2}u; distance > 0u; distance = distance >> 1u) {
    if (lane < distance) {
      ${shared}[local] = ${merged(`${shared}[local]`, `${shared}[local + distance * ${step}u]`)};
    }
    workgroupBarrier();
  }
  let result = ${shared}[local - lane * ${step}u];
  workgroupBarrier();
  return result;
}
`;
}

/**
 * Declares the same for a workgroup that is one team, by subgroup operations: each subgroup folds by itself, however large it
 * is, and then all fold what each gave, in one order.
 */
export function subgroupFold(name: string, type: string, fold: GroupFold, workgroup: number): string {
  const shared = `${name}Shares`;
  return `
var<workgroup> ${shared}: array<${type}, ${workgroup}>;
${headOf(name, type)} {
  let share = ${foldedInSubgroup(fold, type)};
  if (subgroupLane == 0u) { ${shared}[subgroup] = share; }
  workgroupBarrier();
  var result = ${shared}[0];
  for (var s = 1u; s < subgroups; s++) { result = ${mergedBy(fold, type)('result', `${shared}[s]`)}; }
  workgroupBarrier();
  return result;
}
`;
}

function headOf(name: string, type: string): string {
  return `fn ${name}(value: ${type}, local: u32, lane: u32) -> ${type}`;
}

const inSubgroup: Readonly<Record<GroupFold, string>> = {
  sum: 'subgroupAdd(value)',
  prod: 'subgroupMul(value)',
  max: 'subgroupMax(value)',
  min: 'subgroupMin(value)',
};

/** What subgroups call the largest of some numbers need not be NaN where one of them is. */
function foldedInSubgroup(fold: GroupFold, type: string): string {
  const isExtreme = fold === 'max' || fold === 'min';
  return isExtreme && type === 'f32'
    ? `select(${inSubgroup[fold]}, nan(), subgroupAny(isNan(value)))`
    : inSubgroup[fold];
}
