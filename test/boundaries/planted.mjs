// A small house with a wrong import in every room. `npm run check` builds it and demands that each is caught by the rule
// named, and that nothing else is: a rule that catches nothing is worse than none.

/** Files that the planted ones import; all of them are in order. */
export const house = {
  'libs/kernel/src/money.ts': "import { z } from 'zod';\nexport const money = z.string();\n",
  'libs/contexts/ordering/src/contract/events.ts':
    "import { z } from 'zod';\nimport { money } from '@kernel/money.js';\nexport const placed = z.object({ total: money });\n",
  'libs/contexts/ordering/src/domain/order.ts':
    "import { money } from '@kernel/money.js';\nimport { placed } from '../contract/events.js';\nexport const order = { money, placed };\n",
  'libs/contexts/catalog/src/contract/events.ts': "import { money } from '@kernel/money.js';\nexport const priced = money;\n",
  'libs/contexts/catalog/src/catalog.ts': "import { product } from './domain/product.js';\nexport const catalog = product;\n",
  'libs/contexts/catalog/src/commands/create-product.ts': "import { catalog } from '../catalog.js';\nexport const createProduct = catalog;\n",
  'libs/contexts/catalog/src/domain/product.ts': "import { priced } from '../contract/events.js';\nexport const product = priced;\n",
  'libs/contexts/ordering/src/commands/place-order.ts':
    "import { Controller } from '@nestjs/common';\nimport { IsString } from 'class-validator';\nimport { priced } from '@contexts/catalog/src/contract/events.js';\nimport { Public } from '@adapters/runtime/src/auth/index.js';\nimport { order } from '../domain/order.js';\nexport const placeOrder = { Controller, IsString, priced, Public, order };\n",
  'libs/contexts/ordering/src/read-models/orders/list-orders.query.ts':
    "import { Controller } from '@nestjs/common';\nimport { priced } from '@contexts/catalog/src/contract/events.js';\nimport { placed } from '../../contract/events.js';\nexport const listOrders = { Controller, priced, placed };\n",
  'libs/contexts/ordering/src/sagas/fulfil-order.saga.ts':
    "import { priced } from '@contexts/catalog/src/contract/events.js';\nimport { order } from '../domain/order.js';\nexport const saga = { priced, order };\n",
  'libs/contexts/ordering/src/ordering.module.ts':
    "import { placeOrder } from './commands/place-order.js';\nexport const orderingModule = placeOrder;\n",
  'libs/adapters/event-store/src/store.ts':
    "import { createHash } from 'node:crypto';\nimport { Pool } from 'pg';\nimport { Injectable } from '@nestjs/common';\nimport { money } from '@kernel/money.js';\nexport const store = { createHash, Pool, Injectable, money };\n",
  'libs/adapters/event-bus/src/log-bus.ts': "import { money } from '@kernel/money.js';\nexport const bus = money;\n",
  'libs/adapters/read-store/src/landing.ts': "import { createClient } from '@clickhouse/client';\nexport const landing = createClient;\n",
  'libs/adapters/rpc/src/rpc-server.ts': "import { ServerTCP } from '@nestjs/microservices';\nexport const server = ServerTCP;\n",
  'libs/adapters/payments/src/stripe-payments.ts':
    "import Stripe from 'stripe';\nimport { z } from 'zod';\nimport { money } from '@kernel/money.js';\nexport const stripePayments = { Stripe, z, money };\n",
  'libs/adapters/runtime/src/auth/index.ts': "import { SetMetadata } from '@nestjs/common';\nexport const Public = SetMetadata;\n",
  'libs/demo/src/dice.ts': 'export const dice = 1;\n',
  'libs/testing/src/given.ts': "import { order } from '@contexts/ordering/src/domain/order.js';\nexport const given = order;\n",
  'libs/contexts/ordering/src/domain/order.spec.ts':
    "import fc from 'fast-check';\nimport { given } from '@testing/given.js';\nimport { order } from './order.js';\nexport const spec = { fc, given, order };\n",
  'libs/composition/src/platform.module.ts':
    "import { orderingModule } from '@contexts/ordering/src/ordering.module.js';\nimport { store } from '@adapters/event-store/src/store.js';\nexport const platform = { orderingModule, store };\n",
  'apps/standalone/src/app.module.ts': "import { platform } from '@composition/platform.module.js';\nexport const app = platform;\n",
  'libs/api-client/src/sdk.gen.ts': 'export const placeOrder = 1;\n',
  'apps/admin-cli/src/cli.ts': "import { placeOrder } from '@api-client/sdk.gen.js';\nexport const cli = placeOrder;\n",
};

/** The far end of a planted cycle, which may be reported from either end. */
export const plantedHelpers = {
  'apps/standalone/src/planted-cycle-back.ts': "import './planted-cycle.js';\n",
};

/** [rule that must catch it, file, what it imports, `type` where types alone are imported] */
export const planted = [
  ['kernel', 'libs/kernel/src/planted-node.ts', 'node:crypto'],
  ['kernel', 'libs/kernel/src/planted-nest.ts', '@nestjs/common'],
  ['kernel', 'libs/kernel/src/planted-context.ts', '@contexts/ordering/src/domain/order.js'],
  ['contract', 'libs/contexts/ordering/src/contract/planted-domain.ts', '../domain/order.js'],
  ['contract', 'libs/contexts/ordering/src/contract/planted-other-contract.ts', '@contexts/catalog/src/contract/events.js'],
  ['contract', 'libs/contexts/ordering/src/contract/planted-nest.ts', '@nestjs/common'],
  ['domain', 'libs/contexts/ordering/src/domain/planted-other-contract.ts', '@contexts/catalog/src/contract/events.js'],
  ['domain', 'libs/contexts/ordering/src/domain/planted-nest.ts', '@nestjs/common'],
  ['domain', 'libs/contexts/ordering/src/domain/planted-type.ts', '@contexts/catalog/src/domain/product.js', 'type'],
  ['domain', 'libs/contexts/ordering/src/domain/planted-random.ts', 'node:crypto'],
  ['domain', 'libs/contexts/ordering/src/domain/planted-relative.ts', '../../../catalog/src/domain/product.js'],
  ['sagas', 'libs/contexts/ordering/src/sagas/planted-other-domain.saga.ts', '@contexts/catalog/src/domain/product.js'],
  ['domain', 'libs/contexts/catalog/src/domain/planted-root.ts', '../catalog.js'],
  ['sagas', 'libs/contexts/ordering/src/sagas/planted-nest.saga.ts', '@nestjs/common'],
  ['commands', 'libs/contexts/ordering/src/commands/planted-other-domain.ts', '@contexts/catalog/src/domain/product.js'],
  ['commands', 'libs/contexts/ordering/src/commands/planted-other-root.ts', '@contexts/catalog/src/catalog.js'],
  ['commands', 'libs/contexts/ordering/src/commands/planted-module.ts', '../ordering.module.js'],
  ['commands', 'libs/contexts/ordering/src/commands/planted-read-model.ts', '../read-models/orders/list-orders.query.js'],
  ['commands', 'libs/contexts/ordering/src/commands/planted-driver.ts', 'kysely'],
  ['commands', 'libs/contexts/ordering/src/commands/planted-adapter.ts', '@adapters/event-store/src/store.js'],
  ['read-models', 'libs/contexts/ordering/src/read-models/orders/planted-domain.query.ts', '../../domain/order.js'],
  ['read-models', 'libs/contexts/ordering/src/read-models/orders/planted-adapter.query.ts', '@adapters/read-store/src/landing.js'],
  ['context-module', 'libs/contexts/ordering/src/planted.module.ts', '@contexts/catalog/src/domain/product.js'],
  ['adapter-event-store', 'libs/adapters/event-store/src/planted-driver.ts', '@clickhouse/client'],
  ['adapter-event-bus', 'libs/adapters/event-bus/src/planted-driver.ts', 'pg'],
  ['adapter-cache', 'libs/adapters/cache/src/planted-driver.ts', 'pg'],
  ['adapter-read-store', 'libs/adapters/read-store/src/planted-driver.ts', '@mikro-orm/postgresql'],
  ['adapter-rpc', 'libs/adapters/rpc/src/planted-driver.ts', 'pg'],
  ['adapter-payments', 'libs/adapters/payments/src/planted-driver.ts', 'pg'],
  ['adapter-stands-alone', 'libs/adapters/payments/src/planted-adapter.ts', '@adapters/event-store/src/store.js'],
  ['adapter-stands-alone', 'libs/adapters/runtime/src/planted-context.ts', '@contexts/ordering/src/contract/events.js'],
  ['adapter-stands-alone', 'libs/adapters/runtime/src/planted-adapter.ts', '@adapters/event-store/src/store.js'],
  ['demo', 'libs/contexts/ordering/src/planted-demo.ts', '@demo/dice.js'],
  ['composition-is-for-apps', 'libs/contexts/ordering/src/planted-composition.ts', '@composition/platform.module.js'],
  ['composition-is-for-apps', 'libs/adapters/runtime/src/planted-composition.ts', '@composition/platform.module.js'],
  ['nobody-imports-an-app', 'libs/composition/src/planted-app.ts', '../../../apps/admin-cli/src/cli.js'],
  ['nobody-imports-an-app', 'apps/admin-cli/src/planted-app.ts', '../../standalone/src/app.module.js'],
  ['nobody-imports-an-app', 'libs/adapters/runtime/src/planted-app.ts', '../../../../apps/admin-cli/src/cli.js'],
  ['tests-stay-outside', 'apps/standalone/src/planted-testing.ts', '@testing/given.js'],
  ['tests-stay-outside', 'libs/adapters/runtime/src/planted-spec.ts', '@contexts/ordering/src/domain/order.spec.js'],
  ['api-client-stands-alone', 'libs/api-client/src/planted-kernel.ts', '@kernel/money.js'],
  ['api-client-stands-alone', 'libs/api-client/src/planted-package.ts', 'zod'],
  ['api-client-is-for-outsiders', 'libs/contexts/ordering/src/commands/planted-client.ts', '@api-client/sdk.gen.js'],
  ['no-cycle', 'apps/standalone/src/planted-cycle.ts', './planted-cycle-back.js'],
  ['no-unresolvable', 'apps/standalone/src/planted-relative.ts', './nowhere.js'],
  ['no-unresolvable', 'apps/standalone/src/planted-alias.ts', '@kernel/nowhere.js'],
  ['no-unresolvable', 'apps/standalone/src/planted-package.ts', 'no-such-package'],
  ['no-undeclared-package', 'apps/standalone/src/planted-undeclared.ts', 'semver'],
];
