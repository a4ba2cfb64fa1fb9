import fc from 'fast-check';
import { z } from 'zod';
import { SchemaRegistry, type Upcaster } from './schema-registry.js';

const schema = z.object({}).loose();
/** A type whose every step up leaves its number behind. */
const traced = (type: string, version: number) => ({
  type,
  version,
  schema,
  upcasters: Object.fromEntries(
    Array.from({ length: version - 1 }, (_, index) => [index + 1, ((data: number[]) => [...data, index + 1]) as Upcaster]),
  ),
});

describe('the schema registry', () => {
  it('lifts any stored version through every step between, in order, once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 0, max: 11 }), (newest, back) => {
        const stored = Math.max(1, newest - back);
        const registry = new SchemaRegistry([traced('shop.Thing', newest)]);
        const steps = Array.from({ length: newest - stored }, (_, index) => stored + index);
        expect(registry.upcast('shop.Thing', stored, [])).toEqual(steps);
      }),
    );
  });

  it('leaves data of the newest version as it is', () => {
    const data = { as: 'stored' };
    expect(new SchemaRegistry([{ type: 'shop.Thing', version: 1, schema, upcasters: {} }]).upcast('shop.Thing', 1, data)).toBe(data);
  });

  it('does not read a version from the future', () => {
    expect(() => new SchemaRegistry([traced('shop.Thing', 2)]).upcast('shop.Thing', 3, [])).toThrow(
      'shop.Thing v3 is newer than this release reads (v2)',
    );
  });

  it('does not start with a step missing', () => {
    expect(() => new SchemaRegistry([{ type: 'shop.Thing', version: 3, schema, upcasters: { 1: (data) => data } }])).toThrow(
      'no upcaster from version 2',
    );
  });

  it('does not start with a type twice', () => {
    expect(() => new SchemaRegistry([traced('shop.Thing', 1), traced('shop.Thing', 2)])).toThrow('shop.Thing is registered twice');
  });

  it('knows its types and no other', () => {
    const registry = new SchemaRegistry([traced('shop.Thing', 2), traced('shop.Other', 1)]);
    expect(registry.all().map(({ type }) => type)).toEqual(['shop.Thing', 'shop.Other']);
    expect(registry.current('shop.Thing').version).toBe(2);
    expect(() => registry.current('shop.Unknown')).toThrow('unknown event type shop.Unknown');
  });
});
