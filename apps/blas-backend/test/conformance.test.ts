import { testBackend } from '@gradus/backend-conformance';
import { test } from 'vitest';
import { openblas } from '../src/blas-backend.ts';
import { missing } from './availability.ts';

if (missing === null) testBackend('openblas', () => openblas());
else test('the backend was NOT proven: OpenBLAS is missing', ({ skip }) => skip(missing as string));
