import { GradusError } from '@gradus/storage';
import { fromValues, type Tensor } from '@gradus/tensor';
import fc from 'fast-check';
import { readCheckpoint, readSafetensors, writeCheckpoint } from '../src/index.ts';
import { readNpy, readNpz, writeNpy, writeNpz } from '../src/npy/index.ts';
import { readOnnx } from '../src/onnx/index.ts';
import { readPytorch } from '../src/pytorch/index.ts';
import { asciiPickle, zipFile } from './pickle-files.ts';

/** A reader, and inputs for it. */
export interface Target {
  readonly name: string;
  readonly inputs: fc.Arbitrary<Uint8Array>;
  /** Whatever it makes of an input, or a GradusError. */
  read(bytes: Uint8Array): unknown;
}

/** Slower than this is a hang: the inputs have some kilobytes. */
const HANG_MS = 2_000;
const MAX_TENSOR_BYTES = 1 << 28;

/** Runs one input. Throws what a reader must not throw; gives whether it was accepted. */
export async function run(target: Target, bytes: Uint8Array): Promise<boolean> {
  const start = performance.now();
  let accepted = true;
  try {
    dispose(await target.read(bytes));
  } catch (error) {
    if (!(error instanceof GradusError)) throw error;
    accepted = false;
  }
  const took = performance.now() - start;
  if (took > HANG_MS) throw new Error(`${target.name}: ${bytes.length} bytes took ${Math.round(took)} ms`);
  return accepted;
}

/** Gives tensors back; one that is larger than any input could say is an error. */
function dispose(value: unknown, seen = new Set<unknown>()): void {
  if (typeof value !== 'object' || value === null || seen.has(value) || ArrayBuffer.isView(value)) return;
  seen.add(value);
  if ('storage' in value && 'layout' in value) {
    const x = value as Tensor;
    if (x.storage.byteLength > MAX_TENSOR_BYTES) throw new Error(`a tensor of ${x.storage.byteLength} bytes`);
    x.dispose();
    return;
  }
  const parts = value instanceof Map || value instanceof Set ? value.values() : Object.values(value);
  for (const part of parts) dispose(part, seen);
}

/** Readers with the files that are broken for them. */
export interface Seeds {
  readonly checkpoints: readonly Uint8Array[];
  readonly models: readonly Uint8Array[];
  readonly arrays: readonly Uint8Array[];
}

export async function targetsOf({ checkpoints, models, arrays }: Seeds): Promise<readonly Target[]> {
  const tensors = new Map(arrays.slice(0, 5).map((bytes, i) => [`x${i}`, readNpy(bytes)] as const));
  const archives = [await writeNpz(tensors), await writeNpz(tensors, { compress: true })];
  const state = await checkpointBytes({
    model: tensors,
    step: 3,
    seed: new Uint8Array(8),
    list: [Number.NaN, { $: 1 }],
  });
  return [
    { name: 'safetensors', inputs: mutated([state]), read: (bytes) => readSafetensors(bytes).tensors },
    { name: 'safetensors, any header', inputs: headers, read: (bytes) => readSafetensors(bytes).tensors },
    { name: 'checkpoint', inputs: mutated([state]), read: (bytes) => readCheckpoint(bytes) },
    {
      name: 'npy',
      inputs: mutated([...arrays, await writeNpy(fromValues([1, 2], [2]))]),
      read: (bytes) => readNpy(bytes),
    },
    { name: 'npz', inputs: mutated(archives), read: (bytes) => readNpz(bytes) },
    {
      name: 'npz, without checksums',
      inputs: mutated(archives),
      read: (bytes) => readNpz(bytes, { checksums: false }),
    },
    { name: 'pytorch', inputs: mutated(checkpoints), read: (bytes) => readPytorch(bytes) },
    {
      name: 'pytorch, without checksums',
      inputs: mutated(checkpoints),
      read: (bytes) => readPytorch(bytes, { checksums: false }),
    },
    { name: 'pytorch, any pickle', inputs: pickles, read: (bytes) => readPytorch(bytes) },
    { name: 'onnx', inputs: mutated(models), read: readAndRun },
  ];
}

/** A model that can still be read is run too. */
function readAndRun(bytes: Uint8Array): unknown {
  const model = readOnnx(bytes, { requiresGrad: false, maxElements: 1 << 20 });
  const made = model.inputs.map(({ name, dtype, shape }) => {
    const sizes = (shape ?? []).map((n) => (typeof n === 'number' && n >= 0 && n < 10 ? n : 2));
    return [name, fromValues(new Array<number>(sizes.reduce((a, b) => a * b, 1)).fill(1), sizes, { dtype })] as const;
  });
  try {
    return [...model.parameters.values(), ...model.run(new Map(made)).values()];
  } finally {
    dispose([...model.parameters.values(), ...made.map(([, x]) => x)]);
  }
}

async function checkpointBytes(state: Parameters<typeof writeCheckpoint>[1]): Promise<Uint8Array> {
  const { mkdtemp, readFile, rm } = await import('node:fs/promises');
  const { tmpdir } = await import('node:os');
  const folder = await mkdtemp(`${tmpdir()}/gradus-fuzz-`);
  await writeCheckpoint(`${folder}/state`, state);
  const bytes = await readFile(`${folder}/state`);
  await rm(folder, { recursive: true });
  return bytes;
}

/** Changes of a file: [kind, where (of 2^30), value, length]. */
const change = fc.tuple(fc.nat(7), fc.nat(2 ** 30), fc.nat(255), fc.integer({ min: 1, max: 64 }));

/** Bytes at which lengths and counts are wrong in interesting ways. */
const EXTREMES = [0x00, 0x01, 0x7f, 0x80, 0xfe, 0xff];

/** Real files with a few changes. */
function mutated(files: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  return fc
    .tuple(fc.nat(files.length - 1), fc.nat(files.length - 1), fc.array(change, { minLength: 1, maxLength: 3 }))
    .map(([i, k, changes]) =>
      changes.reduce((bytes, each) => mutate(bytes, each, files[k] as Uint8Array), files[i] as Uint8Array),
    );
}

function mutate(
  bytes: Uint8Array,
  [kind, place, value, length]: readonly [number, number, number, number],
  other: Uint8Array,
): Uint8Array {
  const at = Math.floor((place / 2 ** 30) * bytes.length);
  const result = new Uint8Array(bytes);
  switch (kind) {
    case 0:
      if (at < result.length) result[at] = (result[at] as number) ^ (1 << (value & 7));
      return result;
    case 1:
      return result.fill(value, at, at + 1);
    case 2:
      return result.fill(EXTREMES[value % EXTREMES.length] as number, at, at + (length % 9));
    case 3:
      return result.subarray(0, at);
    case 4:
      return Uint8Array.from([...result.subarray(0, at), ...result.subarray(at + length)]);
    case 5:
      return Uint8Array.from([...result.subarray(0, at + length), ...result.subarray(at)]);
    case 6:
      return Uint8Array.from([
        ...result.subarray(0, at),
        ...new Uint8Array(length).fill(value),
        ...result.subarray(at),
      ]);
    default:
      return Uint8Array.from([
        ...result.subarray(0, at),
        ...other.subarray(at, at + 16 * length),
        ...result.subarray(at + length),
      ]);
  }
}

/** Headers of safetensors with any JSON in the places where it matters. */
const size = fc.oneof(fc.nat(8), fc.constantFrom(-1, 0.5, 2 ** 31, 2 ** 53, 1e300), fc.jsonValue({ maxDepth: 1 }));
const entry = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      dtype: fc.constantFrom('F32', 'I64', 'BOOL', 'F8', 'f32', null),
      shape: fc.array(size, { maxLength: 3 }),
      data_offsets: fc.array(size, { maxLength: 3 }),
    }),
  },
  { weight: 1, arbitrary: fc.jsonValue() },
);
const headers = fc
  .tuple(fc.dictionary(fc.string({ maxLength: 5 }), entry, { maxKeys: 4 }), fc.uint8Array({ maxLength: 40 }))
  .map(([header, data]) => {
    const text = new TextEncoder().encode(JSON.stringify(header));
    const bytes = new Uint8Array(8 + text.length + data.length);
    new DataView(bytes.buffer).setUint32(0, text.length, true);
    bytes.set(text, 8);
    bytes.set(data, 8 + text.length);
    return bytes;
  });

/** Programs of opcodes in any order. */
const piece = fc.oneof(
  fc.constantFrom(...'(.0129NlatdesubR)]}Q\x81\x85\x86\x87\x88\x89\x8f\x90\x91\x93\x94'),
  fc.constantFrom(
    'p0\n',
    'p1\n',
    'g0\n',
    'g1\n',
    'I1\n',
    'I-5\n',
    'L99999999999L\n',
    'F1e9\n',
    "S'a'\n",
    "S'storage'\n",
    "S'0'\n",
    "S'cpu'\n",
  ),
  fc.constantFrom(
    'ctorch\nFloatStorage\n',
    'ctorch\nfloat32\n',
    'ctorch\nSize\n',
    'ccollections\nOrderedDict\n',
    'cbuiltins\nset\n',
    'cos\nsystem\n',
    'ctorch._utils\n_rebuild_tensor_v2\n',
    'ctorch._utils\n_rebuild_parameter\n',
    'ctorch._tensor\n_rebuild_from_type_v2\n',
    "((S'storage'\nctorch\nFloatStorage\nS'0'\nS'cpu'\nI4\ntQI0\n(I2\nI2\nt(I2\nI1\ntI00\nNtR",
  ),
  fc.string({ maxLength: 3 }),
);
const pickles = fc
  .array(piece, { maxLength: 40 })
  .map((parts) => zipFile(asciiPickle(`${parts.join('')}.`), { 0: new Uint8Array(16) }));
