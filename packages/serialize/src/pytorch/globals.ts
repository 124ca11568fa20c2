import { type ElementName, elementTypes } from '../bytes/element-type.ts';
import { FormatError } from '../format-error.ts';
import { rebuildFromType, rebuildParameter, rebuildTensor } from './rebuild.ts';
import { Global, type Loaded, type StorageType } from './records.ts';
import { isDictKey, TorchDType, Tuple } from './value.ts';

/** A checkpoint that names something other than data: a class or function that only Python could run. */
export class UnsafeGlobalError extends FormatError {
  override readonly name: string = 'UnsafeGlobalError';
  /** What it named, as `os.system`. */
  readonly global: string;

  constructor(global: string) {
    super(
      `pytorch: the file refers to '${global}', which is not data; it has to hold tensors, numbers, strings and containers ` +
        'only. Save model.state_dict() instead of the model, and plain numbers instead of objects',
    );
    this.global = global;
  }
}

/** The names that a checkpoint may use. Everything else is refused; nothing that is named here runs code of the file's. */
export function findGlobal(module: string, name: string): Global {
  const path = `${module}.${name}`;
  const found = known.get(path);
  if (found === undefined) throw new UnsafeGlobalError(path);
  return found;
}

const known = new Map<string, Global>();

function define(path: string, call: Global['call'], storageType?: StorageType | null): void {
  known.set(path, new Global(path, call, storageType));
}

const elementNames: Readonly<Record<string, ElementName>> = {
  Double: 'f64',
  Float: 'f32',
  Half: 'f16',
  BFloat16: 'bf16',
  Long: 'i64',
  Int: 'i32',
  Short: 'i16',
  Char: 'i8',
  Byte: 'u8',
  Bool: 'bool',
  ComplexFloat: 'f32',
  ComplexDouble: 'f64',
};

for (const [name, element] of Object.entries(elementNames)) {
  const type = { element: elementTypes[element], complex: name.startsWith('Complex') };
  for (const module of ['torch', 'torch.storage', 'torch.cuda']) define(`${module}.${name}Storage`, null, type);
}
for (const module of ['torch', 'torch.storage']) define(`${module}.UntypedStorage`, null, null);

for (const name of [
  ...['float64', 'float32', 'float16', 'bfloat16', 'int64', 'int32', 'int16', 'int8', 'uint64', 'uint32', 'uint16'],
  ...['uint8', 'bool', 'complex64', 'complex128'],
]) {
  known.set(`torch.${name}`, new Global(`torch.${name}`, null));
}

define('torch._utils._rebuild_tensor', rebuildTensor);
define('torch._utils._rebuild_tensor_v2', rebuildTensor);
define('torch._utils._rebuild_tensor_v3', rebuildTensor);
define('torch._utils._rebuild_parameter', rebuildParameter);
define('torch._utils._rebuild_parameter_with_state', rebuildParameter);
define('torch._tensor._rebuild_from_type_v2', rebuildFromType);
define('torch.Tensor', null);
define('torch.nn.parameter.Parameter', null);
define('torch.Size', ([sizes = new Tuple<Loaded>()]) => Tuple.from(list('torch.Size', sizes)));
define('torch.device', (args) => args.map(String).join(':'));
define('torch.serialization._get_layout', ([name = null]) => name);
define('collections.OrderedDict', ([pairs]) => (pairs === undefined ? new Map() : dict(pairs)));
for (const module of ['builtins', '__builtin__']) {
  define(`${module}.set`, ([items = []]) => new Set(list('set', items)));
  define(`${module}.frozenset`, ([items = []]) => new Set(list('frozenset', items)));
}
// How protocol 2 writes bytes: as text whose characters are the bytes.
define('_codecs.encode', ([text, encoding]) => {
  if (typeof text !== 'string' || encoding !== 'latin1') throw new FormatError('pytorch: bytes in an unknown encoding');
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
});

/** A dtype stands for itself; every other name is only good for being called, or as an argument. */
export function asValue(global: Global): Loaded {
  return /^torch\.(b?float|u?int|bool|complex)/.test(global.name) ? new TorchDType(global.name.slice(6)) : global;
}

function list(name: string, value: Loaded): Loaded[] {
  if (Array.isArray(value)) return value;
  throw new FormatError(`pytorch: ${name} of something that is no list`);
}

function dict(pairs: Loaded): Loaded {
  const entries = list('OrderedDict', pairs).map((pair) => {
    const [key, value] = Array.isArray(pair) ? pair : [];
    if (key === undefined || value === undefined || !isDictKey(key)) {
      throw new FormatError('pytorch: an OrderedDict of something other than pairs');
    }
    return [key, value] as const;
  });
  return new Map(entries);
}
