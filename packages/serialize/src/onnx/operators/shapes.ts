import { sizeOf } from '@gradus/storage';
import * as t from '@gradus/tensor';
import { elementOf } from '../data-type.ts';
import { isIntegerList, readTensor } from '../initializer.ts';
import { host, type Operator } from '../node.ts';

/** Operators that make tensors of numbers and shapes. Their integers are on the host. */
export const shapes: Readonly<Record<string, Operator>> = {
  Shape: (node) => {
    const shape = node.shape(0);
    const [start, end] = [node.int('start', 0), node.int('end', shape.length)];
    return integers(shape.slice(start, end));
  },
  Size: (node) => t.scalar(sizeOf(node.shape(0)), { dtype: 'int32', backend: host }),
  Constant: (node) => {
    const proto = node.tensor('value');
    if (proto !== null) return readTensor(proto, isIntegerList(proto) ? host : node.device, isIntegerList(proto));
    const [int, ints] = [node.attribute('value_int'), node.attribute('value_ints')];
    if (int !== null) return t.scalar(int.int, { dtype: 'int32', backend: host });
    if (ints !== null) return integers(ints.ints);
    const [float, floats] = [node.attribute('value_float'), node.attribute('value_floats')];
    if (float !== null) return t.scalar(float.float, { backend: node.device });
    if (floats !== null) return t.fromValues(floats.floats, [floats.floats.length], { backend: node.device });
    throw node.error('it has no value that is a tensor or a number');
  },
  ConstantOfShape: (node) => {
    const shape = node.checked(node.numbers(0) ?? []);
    const proto = node.tensor('value');
    if (proto === null) return t.zeros(shape, { backend: node.device });
    const { dtype } = elementOf(proto.dataType);
    const value = readTensor(proto, host);
    return t.full(shape, t.itemSync(value), { dtype, backend: node.backendFor(dtype) });
  },
  Range: (node) => {
    const [start, limit, step] = [0, 1, 2].map((i) => node.numbers(i)?.[0]);
    if (start === undefined || limit === undefined || !step) throw node.error('start, limit or step is missing or 0');
    const count = Math.max(Math.ceil((limit - start) / step), 0);
    node.checked([count]);
    const { dtype } = node.input(0);
    const options = { dtype, backend: node.backendFor(dtype) };
    return count === 0 ? t.zeros([0], options) : t.arange(start, start + count * step, step, options);
  },
  If: (node) => {
    const branch = node.attribute(node.numbers(0)?.[0] ? 'then_branch' : 'else_branch')?.graph;
    if (!branch) throw node.error('a branch is missing');
    return node.runGraph(branch);
  },
  EyeLike: (node) => {
    const shift = node.int('k', 0);
    const [rows = 0, columns = 0] = node.shape(0);
    const dtype = node.attribute('dtype') === null ? node.input(0).dtype : elementOf(node.int('dtype', 1)).dtype;
    const size = Math.max(rows, columns) + Math.abs(shift);
    node.checked([size, size]);
    const eye = t.eye(size, size, { dtype, backend: node.target });
    return t.narrow(t.narrow(eye, 0, Math.max(shift, 0), rows), 1, Math.max(-shift, 0), columns);
  },
};

function integers(values: readonly number[]): t.Tensor {
  return t.fromValues(values, [values.length], { dtype: 'int32', backend: host });
}
