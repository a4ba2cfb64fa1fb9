import { applyDecorators } from '@nestjs/common';
import { Transform, Type } from 'class-transformer';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsDefined, IsObject, ValidateNested } from 'class-validator';

/** A property that is one object of a DTO class; an array of them is refused. */
export const IsNested = (type: () => new () => object) => applyDecorators(IsDefined(), IsObject(), ValidateNested(), Type(type));

/**
 * A property that is an array of objects of a DTO class. What lies beyond one more than the most is cut off before each member is looked at:
 * the array is refused for its length, and the walk through a hundred thousand members is spared.
 */
export const IsNestedArray = (type: () => new () => object, { least, most }: { readonly least: number; readonly most: number }) =>
  applyDecorators(
    IsArray(),
    ArrayMinSize(least),
    ArrayMaxSize(most),
    IsObject({ each: true }),
    ValidateNested({ each: true }),
    Type(type),
    Transform(({ value }) => (Array.isArray(value) ? value.slice(0, most + 1) : value)),
  );
