export { type EventSink, SummaryWriter } from './summary-writer.ts';
export { TensorBoard, type TensorBoardOptions } from './tensor-board.ts';
