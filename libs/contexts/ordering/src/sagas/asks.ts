import type { CatalogSagaCommand, catalogSagaCommands } from '@contexts/catalog/src/contract/saga-commands.js';
import type { SagaCommand } from '@kernel/saga.js';
import type { OrderingSagaCommand, orderingSagaCommands } from '../contract/saga-commands.js';

type OfCatalog = { [Name in keyof typeof catalogSagaCommands]: SagaCommand<Name, CatalogSagaCommand<Name>> };
type OfOrdering = { [Name in keyof typeof orderingSagaCommands]: SagaCommand<Name, OrderingSagaCommand<Name>> };
/** What this context's sagas ask for. */
export type Asks = OfCatalog & OfOrdering;
