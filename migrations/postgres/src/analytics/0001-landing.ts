import { Migration } from '@mikro-orm/migrations';

/** Bookkeeping of the read side: who lands what, up to where, and which generation of each read model answers. */
export class Landing extends Migration {
  override up(): void {
    this.addSql(`CREATE TABLE analytics.landing (
      context text PRIMARY KEY,
      epoch bigint NOT NULL DEFAULT 0,
      owner text,
      watermark bigint NOT NULL DEFAULT 0 CHECK (watermark >= 0),
      advanced_at timestamptz(3) NOT NULL DEFAULT now()
    )`);
    this.addSql(`CREATE TABLE analytics.landing_intent (
      number bigint GENERATED ALWAYS AS IDENTITY (CACHE 1) PRIMARY KEY,
      context text NOT NULL REFERENCES analytics.landing,
      partition int NOT NULL,
      epoch bigint NOT NULL,
      first_offset bigint NOT NULL,
      last_offset bigint NOT NULL,
      first_position bigint NOT NULL,
      last_position bigint NOT NULL,
      watermark_before bigint NOT NULL,
      row_count int NOT NULL CHECK (row_count > 0),
      digest text NOT NULL,
      state text NOT NULL CHECK (state IN ('open', 'done')),
      opened_at timestamptz(3) NOT NULL DEFAULT now(),
      done_at timestamptz(3)
    )`);
    // One open intent a context: the second of two owners that both believe in themselves cannot open one.
    this.addSql(`CREATE UNIQUE INDEX landing_intent_open ON analytics.landing_intent (context) WHERE state = 'open'`);
    this.addSql(`CREATE INDEX landing_intent_context ON analytics.landing_intent (context, number)`);
    this.addSql(`CREATE TABLE analytics.gate (
      id boolean PRIMARY KEY DEFAULT true CHECK (id),
      holder text,
      expires_at timestamptz(3)
    )`);
    this.addSql('INSERT INTO analytics.gate DEFAULT VALUES');
    this.addSql(`CREATE TABLE analytics.generation (
      read_model text NOT NULL,
      number int NOT NULL CHECK (number > 0),
      state text NOT NULL CHECK (state IN ('building', 'active', 'previous', 'retired', 'dropped')),
      definition_hash text NOT NULL,
      created_at timestamptz(3) NOT NULL DEFAULT now(),
      activated_at timestamptz(3),
      PRIMARY KEY (read_model, number)
    )`);
  }

  override down(): void {
    this.addSql('DROP TABLE analytics.generation');
    this.addSql('DROP TABLE analytics.gate');
    this.addSql('DROP TABLE analytics.landing_intent');
    this.addSql('DROP TABLE analytics.landing');
  }
}
