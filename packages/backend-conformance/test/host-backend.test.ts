import { HostBackend } from '@gradus/backend';
import { fuzzBackend, testBackend } from '../src/index.ts';

testBackend('HostBackend', () => new HostBackend('host'));
fuzzBackend('HostBackend', () => new HostBackend('host'));
