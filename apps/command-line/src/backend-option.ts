import { registry } from '@gradus/gradus';
import { Option } from 'commander';

/** `--backend <name>`: one of those that are known by name. */
export function backendOption(): Option {
  return new Option('--backend <name>', 'where tensors live').choices(registry.names).default('wasm');
}
