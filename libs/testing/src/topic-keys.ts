import { TopicKeys } from '@adapters/event-bus/src/kafka/topic-keys.js';

/** Sign what tests send to topics. */
export const TEST_KEYS = new TopicKeys({ secret: 'what the services of a test share' });
