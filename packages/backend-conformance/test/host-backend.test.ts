import { HostBackend } from '@gradus/backend';
import { testBackend } from '../src/index.ts';

testBackend('HostBackend', () => new HostBackend('host'));
