import { BackendError } from '@gradus/storage';
import { expect, test } from 'vitest';
import {
  expressions as build,
  coordinate,
  foldDType,
  input,
  mapProgram,
  plainReduceProgram,
  reduceProgram,
} from '../src/index.ts';

const x = input(0, 'float32');

test('equal programs are the same object', () => {
  expect(mapProgram(['float32'], [], [build.exp(x)])).toBe(mapProgram(['float32'], [], [build.exp(x)]));
  expect(mapProgram(['float32'], [], [x])).not.toBe(mapProgram(['float32', 'float32'], [], [x]));
  expect(plainReduceProgram('sum', 'float32')).toBe(plainReduceProgram('sum', 'float32'));
  expect(plainReduceProgram('sum', 'float32')).not.toBe(plainReduceProgram('max', 'float32'));
});

test('leaves must be declared with their dtype', () => {
  expect(() => mapProgram(['float64'], [], [x])).toThrow(BackendError);
  expect(() => mapProgram([], [], [x])).toThrow(/input 0 is not declared as float32/);
  expect(() => reduceProgram(['float32'], [], 'sum', x, input(0, 'float64'))).toThrow(BackendError);
});

test('programs say whether they read coordinates', () => {
  expect(mapProgram([], [], [coordinate(1)]).usesCoordinates).toBe(true);
  expect(mapProgram(['float32'], [], [x]).usesCoordinates).toBe(false);
});

test('arg folds give int32', () => {
  expect(foldDType('argmax', x)).toBe('int32');
  expect(foldDType('max', x)).toBe('float32');
});
