import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, Length, Matches, Min } from 'class-validator';
import { IsNested, IsNestedArray } from './nested.js';
import { invalid, validation } from './validation.js';

class Line {
  @IsString()
  @Length(1, 5)
  sku: string;

  @IsInt()
  @Min(1)
  quantity: number;
}
class Place {
  @Matches(/^[A-Z]{2}$/, { message: 'a country has two letters' })
  country: string;
}
class Body {
  @IsString()
  @Length(1, 5)
  name: string;

  @IsNested(() => Place)
  place: Place;

  @IsNestedArray(() => Line, { least: 1, most: 2 })
  lines: Line[];

  @IsOptional()
  @IsIn(['up', 'down'])
  sort?: string;

  @IsOptional()
  @Type(() => Number)
  @IsInt()
  limit?: number;
}
const right = { name: 'Ada', place: { country: 'GB' }, lines: [{ sku: 'A', quantity: 1 }] };
const refusal = (body: object) =>
  validation()
    .transform(body, { type: 'body', metatype: Body })
    .then(
      () => null,
      ({ message, details }: { message: string; details: object }) => ({ detail: message, ...details }),
    );

describe('what is wrong with a request', () => {
  it('is nothing where all is right', async () => expect(await refusal(right)).toBeNull());

  it('names a field once', async () => {
    expect(await refusal({ ...right, sort: 'sideways' })).toEqual({
      detail: 'sort must be one of the following values: up, down',
      errors: [{ field: 'sort', message: 'sort must be one of the following values: up, down' }],
    });
    expect(await refusal({ ...right, colour: 'red' })).toMatchObject({ detail: 'property colour should not exist' });
  });

  it('names a field by its whole path, and before a message that does not', async () => {
    const { detail } = (await refusal({ ...right, place: { country: 'x' }, lines: [{ sku: 'A', quantity: 0, colour: 'red' }] }))!;
    expect(detail.split('; ')).toEqual([
      'place.country: a country has two letters',
      'property lines.0.colour should not exist',
      'lines.0.quantity must not be less than 1',
    ]);
    expect(invalid([{ field: 'to', message: 'must be after from' }]).message).toBe('to: must be after from');
    expect(invalid([{ field: 'to', message: 'today is too late' }]).message).toBe('to: today is too late');
  });

  it('is only that it is missing, where it is', async () => {
    const errors = [
      { field: 'name', message: 'name must be given' },
      { field: 'place.country', message: 'country must be given' },
      { field: 'lines', message: 'lines must be given' },
    ];
    expect(await refusal({ place: {} })).toEqual({ detail: 'name must be given; place.country must be given; lines must be given', errors });
    expect(await refusal({})).toMatchObject({ errors: [{ field: 'name' }, { field: 'place', message: 'place must be given' }, { field: 'lines' }] });
  });

  it('is all that is wrong with what is there', async () =>
    expect(await refusal({ ...right, name: 7 })).toMatchObject({ errors: [{ field: 'name' }, { field: 'name' }] }));
});
