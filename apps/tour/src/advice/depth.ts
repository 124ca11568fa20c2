import { init, LayerNorm, Linear, Module, manualSeed, noGrad, randn, type Tensor } from '@gradus/gradus';

/** How the layers of a deep net are begun and put together. */
export interface Recipe {
  /** Standard deviation of the weights, or an initialiser for the activation. */
  readonly weights: number | 'xavier' | 'kaiming';
  readonly activation: 'tanh' | 'relu';
  readonly normalized?: boolean;
  readonly residual?: boolean;
}

/** The recipes that docs/gradients.md compares. */
export const recipes: Readonly<Record<string, Recipe>> = {
  'tanh, weights N(0, 0.05^2)': { weights: 0.05, activation: 'tanh' },
  'relu, weights N(0, 0.4^2)': { weights: 0.4, activation: 'relu' },
  'tanh, Xavier': { weights: 'xavier', activation: 'tanh' },
  'relu, Kaiming': { weights: 'kaiming', activation: 'relu' },
  'tanh, weights N(0, 0.05^2), layer norm': { weights: 0.05, activation: 'tanh', normalized: true },
  'tanh, weights N(0, 0.05^2), residual': { weights: 0.05, activation: 'tanh', residual: true },
};

class DeepNet extends Module {
  readonly layers: readonly Linear[];
  readonly norms: readonly LayerNorm[];
  readonly #recipe: Recipe;

  constructor(depth: number, width: number, recipe: Recipe) {
    super();
    this.#recipe = recipe;
    this.layers = Array.from({ length: depth }, () => new Linear(width, width));
    this.norms = recipe.normalized ? this.layers.map(() => new LayerNorm(width)) : [];
    for (const { weight, bias } of this.layers) {
      draw(weight, recipe.weights);
      if (bias !== null) noGrad(() => bias.zero_());
    }
  }

  override forward(x: Tensor): Tensor {
    const { activation, residual } = this.#recipe;
    return this.layers.reduce((value, layer, i) => {
      const scores = layer.forward(value);
      const normal = this.norms[i]?.forward(scores) ?? scores;
      const active = activation === 'tanh' ? normal.tanh() : normal.relu();
      return residual ? value.add(active) : active;
    }, x);
  }
}

function draw(weight: Tensor, how: Recipe['weights']): void {
  if (how === 'xavier') init.xavierNormal_(weight, { gain: 5 / 3 });
  else if (how === 'kaiming') init.kaimingNormal_(weight, { nonlinearity: 'relu' });
  else init.normal_(weight, { std: how });
}

/** The norm of the gradient of the first layer's weights in a net of 30 layers, from a gradient of norm 1 at its output. */
export async function firstGradient(recipe: Recipe, depth = 30, width = 32): Promise<number> {
  manualSeed(0);
  const net = new DeepNet(depth, width, recipe);
  const direction = randn([16, width]);
  net
    .forward(randn([16, width]))
    .mul(direction.div(direction.norm()))
    .sum()
    .backward();
  return net.layers[0]!.weight.grad!.norm().item();
}
