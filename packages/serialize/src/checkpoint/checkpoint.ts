import { data, type Tensor } from '@gradus/tensor';
import type { Source } from '../bytes/random-access.ts';
import { named } from '../bytes/random-access.ts';
import { FormatError } from '../format-error.ts';
import { loadSafetensors, saveSafetensors } from '../safetensors/file.ts';
import type { ReadSafetensorsOptions } from '../safetensors/read.ts';
import { decodeState, type Stored } from './decode.ts';
import { encodeState } from './encode.ts';
import type { CheckpointState } from './state.ts';

// A checkpoint is a safetensors file: its tensors are named by their place in the state, and the state's structure is JSON
// under this name in the metadata. So other programs can read the weights out of it.
const STRUCTURE = 'gradus.checkpoint';

/**
 * Writes everything a run needs to go on: model, optimizer, scheduler, generators, step, position of the loader, in whatever
 * plain structure the program likes. A crash at any moment leaves the file as it was or the new one complete.
 *
 * ```ts
 * await writeCheckpoint('run.safetensors', {
 *   model: model.stateDict(), optimizer: optimizer.stateDict(), generator: generator.getState(), step,
 * })
 * ```
 */
export async function writeCheckpoint(path: string, state: CheckpointState): Promise<void> {
  const { structure, tensors, made } = encodeState(state);
  try {
    await saveSafetensors(path, tensors, { metadata: { [STRUCTURE]: structure } });
  } finally {
    for (const tensor of made) tensor.dispose();
  }
}

/** Reads what `writeCheckpoint` wrote. Throws a FormatError for anything else. */
export async function readCheckpoint(source: Source, options: ReadSafetensorsOptions = {}): Promise<CheckpointState> {
  const { tensors, metadata } = await loadSafetensors(source, options);
  const taken = new Set<string>();
  try {
    const structure = metadata[STRUCTURE];
    if (structure === undefined) throw new FormatError('a safetensors file, but no checkpoint');
    return await decodeState(structure, storedIn(tensors, taken));
  } catch (cause) {
    taken.clear();
    throw named(source, cause);
  } finally {
    for (const [name, tensor] of tensors) if (!taken.has(name)) tensor.dispose();
  }
}

/** Looks names up; a tensor that is handed out is `taken`. */
function storedIn(tensors: ReadonlyMap<string, Tensor>, taken: Set<string>): Stored {
  const find = (name: string): Tensor => {
    const found = tensors.get(name);
    if (found !== undefined) return found;
    throw new FormatError(`checkpoint: it refers to a tensor '${name}' that it does not have`);
  };
  return {
    tensor(name) {
      taken.add(name);
      return find(name);
    },
    async bytes(name) {
      const found = find(name);
      if (found.dtype === 'uint8') return (await data(found)) as Uint8Array;
      throw new FormatError(`checkpoint: the bytes of '${name}' are ${found.dtype}`);
    },
  };
}
