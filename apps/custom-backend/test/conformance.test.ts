import { testBackend } from '@gradus/backend-conformance';
import { counting } from '../src/counting-backend.ts';

testBackend('counting', () => counting());
