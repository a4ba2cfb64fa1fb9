import { isCurrency } from '@kernel/currency.js';
import { Matches, ValidateBy } from 'class-validator';

const CODE = /^[A-Z]{3}$/;
const MESSAGE = 'currency must be an ISO 4217 code such as GBP';

/** The code of a currency that there is. */
export const IsCurrencyCode = (): PropertyDecorator => (target, key) => {
  Matches(CODE, { message: MESSAGE })(target, key);
  ValidateBy({
    name: 'isCurrencyCode',
    validator: {
      // What has another form is told by that.
      validate: (value: unknown) => typeof value !== 'string' || !CODE.test(value) || isCurrency(value),
      defaultMessage: ({ value } = {} as never) => `${MESSAGE}: there is no currency ${String(value)}`,
    },
  })(target, key);
};
