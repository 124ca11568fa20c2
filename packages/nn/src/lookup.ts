import { ArgumentError } from '@gradus/storage';
import type { AnyModule } from './module.ts';
import type { Parameter, StateBuffer } from './parameter.ts';

/** The submodule of a dotted name, as `namedModules` gives it: `getSubmodule(model, 'blocks.0.attn')`. '' is the module. */
export function getSubmodule(module: AnyModule, name: string): AnyModule {
  return find('getSubmodule', module.namedModules('', null), name);
}

/** The parameter of a dotted name, as `namedParameters` gives it: `getParameter(model, 'fc.weight')`. */
export function getParameter(module: AnyModule, name: string): Parameter {
  const [owner, own] = ownerOf(module, name);
  return find('getParameter', owner.namedParameters(), own, name);
}

/** The buffer of a dotted name, as `namedBuffers` gives it: `getBuffer(model, 'norm.running_mean')`. */
export function getBuffer(module: AnyModule, name: string): StateBuffer {
  const [owner, own] = ownerOf(module, name);
  return find('getBuffer', owner.namedBuffers(), own, name);
}

/** The module that holds a tensor, and the tensor's name in it: a tensor in two places has one name in `namedParameters`. */
function ownerOf(module: AnyModule, name: string): readonly [AnyModule, string] {
  const modules = [...module.namedModules('', null)];
  const owners = modules.filter(([path]) => path === '' || name.startsWith(`${path}.`));
  const [path, owner] = owners.reduce((longest, next) => (next[0].length > longest[0].length ? next : longest));
  return [owner, path === '' ? name : name.slice(path.length + 1)];
}

function find<T>(op: string, named: Iterable<readonly [string, T]>, name: string, asked: string = name): T {
  const all = new Map(named);
  const found = all.get(name);
  if (found === undefined) throw new ArgumentError(`${op}: no '${asked}'; there are [${[...all.keys()].join(', ')}]`);
  return found;
}
