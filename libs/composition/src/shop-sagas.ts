import type { WorkflowConfig } from '@adapters/runtime/src/config/sections.js';
import { fulfilment } from '@contexts/ordering/src/sagas/fulfil-order.saga.js';
import { takingBack } from '@contexts/ordering/src/sagas/take-back-goods.saga.js';
import type { AnySaga } from '@kernel/saga.js';

/** The shop's workflows. */
export const shopSagas = ({ paymentDeadlineSeconds }: WorkflowConfig): AnySaga[] => [fulfilment({ paymentDeadlineSeconds }), takingBack];
