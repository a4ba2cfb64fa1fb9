import { isCurrency } from '@kernel/currency.js';
import { isDecimal, moneySchema } from '@kernel/money.js';
import { z } from 'zod';

/** Most commands in one batch. */
export const MOST_COMMANDS = 1_000;
const key = z.string().min(1).max(255);
const sku = z.string().min(1).max(64);
/** Business times that every store of events holds exactly. */
const at = z.iso.datetime().refine((time) => time >= '1971' && time < '2100', 'must be from 1971 to 2099');
const MOST_QUANTITY = 1_000_000;
const line = z.strictObject({
  sku,
  name: z.string().max(500),
  category: z.string().min(1).max(100),
  quantity: z.int().positive().max(MOST_QUANTITY),
  unitPrice: z.string().refine(isDecimal, 'must be a decimal string with at most 4 places'),
});
const document = {
  idempotencyKey: key,
  invoiceNo: z.string().regex(/^[A-Za-z0-9-]{1,64}$/, 'must be 1 to 64 letters, digits or -'),
  customerId: z.string().min(1).max(64).nullable(),
  country: z.string().min(1).max(60),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code')
    .refine(isCurrency, 'must be an ISO 4217 code'),
  lines: z.array(line).min(1).max(2_000),
};
/** One thing that a past system knew. */
const command = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('product'),
    idempotencyKey: key,
    sku,
    name: z.string().min(1).max(500),
    category: z.string().min(1).max(100),
    price: z.strictObject(moneySchema.shape),
  }),
  z.strictObject({ kind: z.literal('order'), placedAt: at, ...document }),
  z.strictObject({ kind: z.literal('credit-note'), recordedAt: at, ...document }),
  z.strictObject({
    kind: z.literal('stock-movement'),
    idempotencyKey: key,
    reference: z.string().min(1).max(255),
    sku,
    quantity: z.int().min(-MOST_QUANTITY).max(MOST_QUANTITY),
    occurredAt: at,
    reason: z.string().max(200),
  }),
]);
export const importCommandsSchema = z.array(command).min(1).max(MOST_COMMANDS);
export type ImportCommand = z.infer<typeof command>;
type ImportedOrder = Extract<ImportCommand, { kind: 'order' }>;

/** An order or a credit note of a past system. */
export type ImportedDocument = Omit<ImportedOrder, 'kind' | 'placedAt'> & {
  readonly kind: 'order' | 'credit-note';
  /** When it was placed or recorded. */
  readonly at: string;
};

/** JSON Schema of one command, for the API's document. */
export const importCommandJsonSchema = () => z.toJSONSchema(command, { target: 'draft-2020-12', unrepresentable: 'any', io: 'input' });
