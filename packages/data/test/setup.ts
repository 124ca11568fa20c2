import { use } from '@gradus/backend';
import { cpu } from '@gradus/backend-cpu';

await use(cpu());

export async function all<T>(batches: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const batch of batches) list.push(batch);
  return list;
}
