/** What the lines of goods in these orders have in common. */
export const goods = { kind: 'goods', name: 'Lamp', category: 'Lighting' } as const;

export const charge = (kind: 'shipping' | 'tax', unitPrice: string) => ({
  kind,
  sku: kind.toUpperCase(),
  name: kind,
  category: 'Charges',
  quantity: 1,
  unitPrice,
});

/** Three at 10.00 and one at 5.00, taxed 20% with the shipping: 7.99. */
export const lines = [
  { ...goods, sku: 'A', quantity: 3, unitPrice: '10.00' },
  { ...goods, sku: 'B', quantity: 1, unitPrice: '5.00' },
  charge('shipping', '4.95'),
  charge('tax', '7.99'),
];
