import { CommandReception } from '@adapters/event-store/src/sagas/command-reception.js';
import { AsyncRequestContext } from '@adapters/runtime/src/http/request-scope.js';
import { PaymentService } from '@composition/commerce.module.js';
import type { CommandApiConfig } from '@composition/config/roles.js';
import { SIMULATED_PAYMENTS, type DatabaseName } from '@composition/contexts.js';
import { migrateDatabases } from '@composition/databases.js';
import { answerServices, breakersOf, openApplication, openRoleDatabases, startEdge } from '@composition/edge.js';
import { ensureAdministrator, ensureCurrency } from '@composition/first-start.js';
import { identityPorts } from '@composition/identity-ports.js';
import { kafkaOf } from '@composition/kafka.js';
import { publishedDocument } from '@composition/published-document.js';
import { remoteIdentityPorts } from '@composition/remote/remote-identity-ports.js';
import type { RoleParts, RunningRole } from '@composition/role/role.js';
import { serviceServer, Services } from '@composition/services.js';
import { KafkaCommands } from '@adapters/event-bus/src/kafka/kafka-commands.js';
import { TopicKeys } from '@adapters/event-bus/src/kafka/topic-keys.js';
import { SettledOrders } from '@contexts/ordering/src/commands/settled-orders.js';
import type { CommandTransport } from '@kernel/ports/command-transport.js';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { answerFor } from './answers.js';
import { CommandApiModule } from './command-api.module.js';

type Parts = RoleParts<CommandApiConfig>;

const owned = ({ contexts, databases }: CommandApiConfig): DatabaseName[] => [
  ...contexts,
  ...(databases.byName[SIMULATED_PAYMENTS] ? ([SIMULATED_PAYMENTS] as const) : []),
];

/** @param transport by which commands of sagas come; null where these contexts carry out none */
export async function start(parts: Parts, transport: CommandTransport | null = kafkaTransport(parts.config)): Promise<RunningRole> {
  const { config, shutdown } = parts;
  const { contexts, masterKey } = config;
  const [scope, breakers] = [new AsyncRequestContext(), breakersOf(parts)];
  const databases = await openRoleDatabases(parts, owned(config), breakers);
  const services = new Services(config.rpc, breakers, scope);
  shutdown.add('the connections to other services', () => services.close());
  const isIdentity = contexts.includes('identity');
  if (!isIdentity) await services.reach('identity');
  const identity = isIdentity ? identityPorts(databases.get('identity'), masterKey) : remoteIdentityPorts(services.of('identity'));

  const module = CommandApiModule.forRoot({ ...parts, databases, breakers, scope, services, identity, transport });
  const app = await openApplication(module, parts, publishedDocument());
  await startEdge(app, parts);
  if (transport) shutdown.add('the commands’ transport', () => transport.close());
  await Promise.all([
    config.identity && ensureAdministrator(app, config.identity.admin),
    contexts.includes('catalog') && ensureCurrency(app, config.shop.shopCurrency, 'this catalog'),
  ]);
  if (transport) receive(app, parts);
  await answerServices(answerFor(contexts, app, serviceServer(config.rpc, scope), identity), parts);
  return { app, ...(contexts.includes('ordering') && sellingOf(app, parts)) };
}

const kafkaTransport = ({ kafka }: CommandApiConfig): CommandTransport | null =>
  kafka ? new KafkaCommands(kafkaOf(kafka, 'command-api'), new TopicKeys(kafka.secrets)) : null;

/** Carries out what sagas ask for. */
function receive(app: NestFastifyApplication, { shutdown }: Parts): void {
  const reception = app.get(CommandReception, { strict: false });
  shutdown.add('the commands of sagas', () => reception.stop());
  reception.start();
}

function sellingOf(app: NestFastifyApplication, { config, shutdown }: Parts): Pick<RunningRole, 'listening' | 'hurry'> {
  const payments = app.get(PaymentService, { strict: false });
  shutdown.add('the payment service', () => payments.stop());
  return {
    listening: (url) => payments.start(`${config.paymentCallbackUrl ?? url}/api/v1/payments/callbacks/${payments.provider.name}`),
    hurry: () => app.get(SettledOrders, { strict: false }).release(),
  };
}

export const migrate = (config: CommandApiConfig): Promise<void> => migrateDatabases(config.databases, owned(config));
