import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

export const USER_STATUSES = ['active', 'deactivated', 'erased'] as const;

/** What every user's id looks like. */
export const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A user as administrators see them. */
export class UserView {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ type: String, nullable: true, description: 'null once erased', example: 'ada@example.org' })
  email: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'null once erased', example: 'Ada Lovelace' })
  name: string | null;

  @ApiProperty({ type: [String], example: ['customer'] })
  roles: readonly string[];

  @ApiProperty({ enum: USER_STATUSES })
  status: string;

  @ApiProperty({ format: 'date-time' })
  registeredAt: string;

  @ApiProperty({ description: 'Version of the user; also the ETag' })
  version: number;
}

export class UserPageView {
  @ApiProperty({ type: [UserView] })
  items: readonly UserView[];

  @ApiPropertyOptional({ description: 'Cursor of the next page; absent on the last one' })
  next?: string;
}

/** What the table of users knows: nothing personal. */
export interface UserRow {
  readonly id: string;
  readonly roles: readonly string[];
  readonly status: string;
  readonly registered_ms: number;
  readonly version: number;
}

export const USER_COLUMNS = `id, roles, status, (extract(epoch from registered_at) * 1000)::float8 as registered_ms, version`;

export const registeredAt = (row: UserRow): string => new Date(row.registered_ms).toISOString();

export const toUserView = (row: UserRow, person: { email: string | null; name: string | null }): UserView => ({
  id: row.id,
  ...person,
  roles: row.roles,
  status: row.status,
  registeredAt: registeredAt(row),
  version: row.version,
});
