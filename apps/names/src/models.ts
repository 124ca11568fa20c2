import {
  ArgumentError,
  arange,
  Embedding,
  functional,
  GRU,
  init,
  Linear,
  LSTM,
  Module,
  RNN,
  type Tensor,
  Transformer,
  TransformerEncoder,
  TransformerEncoderLayer,
} from '@gradus/gradus';

// Every model takes letters [names, time] and gives, for each of them, logits of the one that follows: [names, time, letters].

const WIDTH = 24;
const HIDDEN = 96;

/** A table: how often each letter follows which. */
class Bigram extends Module {
  readonly table: Embedding;

  constructor(letters: number) {
    super();
    this.table = new Embedding(letters, letters);
    init.zeros_(this.table.weight);
  }

  override forward(x: Tensor): Tensor {
    return this.table.forward(x);
  }
}

/** Sees the last three letters. (Bengio et al. 2003.) */
class Mlp extends Module {
  readonly embedding: Embedding;
  readonly hidden: Linear;
  readonly output: Linear;

  constructor(letters: number) {
    super();
    this.embedding = new Embedding(letters, WIDTH);
    this.hidden = new Linear(3 * WIDTH, HIDDEN);
    this.output = new Linear(HIDDEN, letters);
  }

  override forward(x: Tensor): Tensor {
    const lastThree = functional.pad(x, [2, 0]).unfold(1, 3, 1);
    const features = this.embedding.forward(lastThree).flatten(2);
    return this.output.forward(this.hidden.forward(features).tanh());
  }
}

/** Sees all letters so far, through a state that each of them changes. */
class Recurrent extends Module {
  readonly embedding: Embedding;
  /** Embedded letters [names, time, WIDTH] to states [names, time, HIDDEN]. */
  readonly recurrence: RNN | LSTM | GRU;
  readonly output: Linear;

  constructor(letters: number, recurrence: RNN | LSTM | GRU) {
    super();
    this.embedding = new Embedding(letters, WIDTH);
    this.recurrence = recurrence;
    this.output = new Linear(HIDDEN, letters);
  }

  override forward(x: Tensor): Tensor {
    const [states] = this.recurrence.forward(this.embedding.forward(x));
    return this.output.forward(states);
  }
}

/** Sees all letters so far at once, by attention. (Vaswani et al. 2017.) */
class CausalTransformer extends Module {
  readonly embedding: Embedding;
  readonly position: Embedding;
  readonly encoder: TransformerEncoder;
  readonly output: Linear;

  constructor(letters: number, longest: number) {
    super();
    const width = 48;
    this.embedding = new Embedding(letters, width);
    this.position = new Embedding(longest, width);
    const layer = new TransformerEncoderLayer(width, 4, {
      dimFeedforward: 4 * width,
      batchFirst: true,
      normFirst: true,
    });
    this.encoder = new TransformerEncoder(layer, 2);
    this.output = new Linear(width, letters);
  }

  override forward(x: Tensor): Tensor {
    const time = x.shape[1] as number;
    const embedded = this.embedding.forward(x).add(this.position.forward(arange(time)));
    const mask = Transformer.generateSquareSubsequentMask(time);
    return this.output.forward(this.encoder.forward(embedded, { mask }));
  }
}

/** `longest` is how many letters a transformer sees at most. */
type Create = (letters: number, longest: number) => Module;

const models: ReadonlyMap<string, Create> = new Map<string, Create>([
  ['bigram', (letters) => new Bigram(letters)],
  ['mlp', (letters) => new Mlp(letters)],
  ['rnn', (letters) => new Recurrent(letters, new RNN(WIDTH, HIDDEN, { batchFirst: true }))],
  ['lstm', (letters) => new Recurrent(letters, new LSTM(WIDTH, HIDDEN, { batchFirst: true }))],
  ['gru', (letters) => new Recurrent(letters, new GRU(WIDTH, HIDDEN, { batchFirst: true }))],
  ['transformer', (letters, longest) => new CausalTransformer(letters, longest)],
]);

export const modelNames: readonly string[] = [...models.keys()];

export function createModel(name: string, ...sizes: Parameters<Create>): Module {
  const create = models.get(name);
  if (create === undefined) throw new ArgumentError(`no model '${name}'; there are ${modelNames.join(', ')}`);
  return create(...sizes);
}
