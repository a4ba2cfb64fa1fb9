import { categoryOf } from './category.js';

describe('categoryOf', () => {
  it.each([
    ['POST', 'POSTAGE', 'Charges'],
    ['m', 'Manual', 'Charges'],
    ['BANK CHARGES', 'Bank Charges', 'Charges'],
    ['PADS', 'PADS TO MATCH ALL CUSHIONS', 'Charges'],
    ['gift_0001_40', 'Dotcomgiftshop Gift Voucher £40.00', 'Gift vouchers'],
    ['85123A', 'WHITE HANGING HEART T-LIGHT HOLDER', 'Candles and lights'],
    ['22086', "PAPER CHAIN KIT 50'S CHRISTMAS", 'Christmas'],
    ['85099B', 'JUMBO BAG RED RETROSPOT', 'Bags'],
    ['21754', 'HOME BUILDING BLOCK WORD', 'Home decoration'],
    ['22423', 'REGENCY CAKESTAND 3 TIER', 'Kitchen'],
    ['x', 'SMALL BOXES', 'Storage'],
    ['x', 'SPOTTY GLASSES', 'Kitchen'],
    ['22139', '', 'Other'],
    ['22492', 'MINI PAINT SET VINTAGE', 'Other'],
  ])('%s %s: %s', (sku, description, category) => expect(categoryOf(sku, description)).toBe(category));
});
