import { autocast, GradScaler, Parameter, SGD, tensor } from '@gradus/gradus';

/** The gradient 1e-8 of a weight that passes through float16, whose smallest number is 6e-8. */
export async function smallGradient(scaled: boolean): Promise<number> {
  const weight = new Parameter(tensor([[1]]));
  const optimizer = new SGD([weight], { lr: 1 });
  const scaler = new GradScaler({ enabled: scaled });
  const loss = autocast({ dtype: 'float16' }, () =>
    tensor([[1]])
      .matmul(weight)
      .sum()
      .mul(1e-8),
  );
  scaler.scale(loss).backward();
  scaler.unscale_(optimizer);
  return weight.grad!.item();
}
