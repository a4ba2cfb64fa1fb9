/** The column names of Online Retail's CSV. */
export const HEADER = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country';

/** One row of it; what is not given is a plain sale. */
export function csvRow(
  fields: Partial<Record<'invoice' | 'sku' | 'description' | 'quantity' | 'date' | 'price' | 'customer' | 'country', string | number>> = {},
): string {
  const {
    invoice = '536365',
    sku = '85123A',
    description = 'WHITE HANGING HEART T-LIGHT HOLDER',
    quantity = 6,
    date = '2010-12-01 08:26:00',
    price = '2.55',
    customer = '17850',
    country = 'United Kingdom',
  } = fields;
  return [invoice, sku, description, quantity, date, price, customer, country].join(',');
}

/** A whole file of these rows. */
export const csvFile = (...rows: string[]): string => [HEADER, ...rows, ''].join('\n');
