/** The CloudHSM v2 API: HSM clusters as their owner makes and looks after them. AWS: CloudHSM API reference. */
import { createService, jsonCodec } from '../api/serve.ts';
import type { ServiceHandler } from '../api/serve.ts';
import type { CloudHsm } from './operation.ts';
import { operations } from './operations/index.ts';

export function createCloudHsm(ports: CloudHsm): ServiceHandler {
  return createService({
    service: 'cloudhsmv2',
    eventSource: 'cloudhsm.amazonaws.com',
    ports,
    codec: jsonCodec('cloudhsmv2'),
    operations,
  });
}
