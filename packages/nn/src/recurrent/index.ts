export { type CellOptions, GRUCell, LSTMCell, RNNCell, type RNNCellOptions } from './cell.ts';
export * from './packed-sequence.ts';
export type { OutputOf, RecurrentOptions } from './recurrent.ts';
export { GRU, LSTM, type LSTMOptions, RNN, type RNNOptions } from './rnn.ts';
