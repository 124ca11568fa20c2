import * as ops from './ops/index.ts';
import * as pointwise from './ops/pointwise/index.ts';
import { Tensor } from './tensor.ts';

type Op = (first: Tensor, ...rest: unknown[]) => unknown;

// `methods.ts` gives the types of the same lists.
for (const [name, op] of Object.entries(ops)) install(name, op as Op);
for (const [name, op] of Object.entries(pointwise)) install(`${name}_`, op.inPlace as Op);
// What console.log prints in Node.
install(Symbol.for('nodejs.util.inspect.custom'), (x) => x.toString());
installGetter('T', (x) =>
  ops.permute(
    x,
    x.shape.map((_, axis) => x.ndim - 1 - axis),
  ),
);
installGetter('mT', (x) => ops.transpose(x, -2, -1));

function install(name: string | symbol, op: Op): void {
  const value = function (this: Tensor, ...rest: unknown[]): unknown {
    return op(this, ...rest);
  };
  Object.defineProperty(Tensor.prototype, name, { value, writable: true, configurable: true });
}

function installGetter(name: string, get: (x: Tensor) => Tensor): void {
  Object.defineProperty(Tensor.prototype, name, {
    get(this: Tensor): Tensor {
      return get(this);
    },
    configurable: true,
  });
}
