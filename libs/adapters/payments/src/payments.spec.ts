import { PolicyBreakers } from '@adapters/runtime/src/resilience/policy-breakers.js';
import type { NamedStatement, Statements } from './simulated/statements.js';
import { payments } from './payments.js';

describe('the payment service that is configured', () => {
  it('is the simulated one, which works from its start until its stop', async () => {
    const asked: string[] = [];
    const statements: Statements = { query: async ({ name }: NamedStatement) => (asked.push(name), []) };
    const service = payments({ provider: 'simulated', statements, secret: 'secret', breakers: new PolicyBreakers() });
    expect([service.provider.name, service.provider.defaultToken, asked.length]).toEqual(['simulated', 'tok_approve', 0]);
    service.start('http://127.0.0.1:9/');
    await service.stop();
    expect(asked).toContain('payments_simulator.settle');
  });

  it('is Stripe, which calls back by itself', async () => {
    const service = payments({ provider: 'stripe', secretKey: 'sk_test_x', webhookSecret: 'whsec_x', breakers: new PolicyBreakers() });
    expect([service.provider.name, service.provider.defaultToken]).toEqual(['stripe', null]);
    service.start('http://127.0.0.1:9/');
    await service.stop();
  });
});
