import { Migration } from '@mikro-orm/migrations';

/**
 * Landing by partition: each partition of a context has an owner of its own, one intent may hold several partitions of one owner, and the
 * context's watermark is made of what all of them have landed.
 */
export class LandingByPartition extends Migration {
  override up(): void {
    this.addSql('ALTER TABLE analytics.landing ADD COLUMN partitions int NOT NULL DEFAULT 1 CHECK (partitions > 0)');
    this.addSql(`CREATE TABLE analytics.landing_partition (
      context text NOT NULL REFERENCES analytics.landing,
      partition int NOT NULL CHECK (partition >= 0),
      epoch bigint NOT NULL,
      owner text,
      landed bigint NOT NULL CHECK (landed >= 0),
      open_intent bigint,
      PRIMARY KEY (context, partition)
    )`);
    // What was one owner's for the whole context becomes its one partition, an intent that is open and its token included.
    this.addSql(`INSERT INTO analytics.landing_partition (context, partition, epoch, owner, landed, open_intent)
      SELECT l.context, 0, l.epoch, l.owner, l.watermark,
        (SELECT i.number FROM analytics.landing_intent i WHERE i.context = l.context AND i.state = 'open')
      FROM analytics.landing l`);
    this.addSql('ALTER TABLE analytics.landing DROP COLUMN epoch, DROP COLUMN owner');

    this.addSql('ALTER TABLE analytics.landing_intent ADD COLUMN partitions int NOT NULL DEFAULT 1, ADD COLUMN parts jsonb');
    this.addSql(`UPDATE analytics.landing_intent SET parts = jsonb_build_array(jsonb_build_object(
      'partition', 0, 'epoch', epoch, 'landed', watermark_before, 'firstOffset', first_offset, 'lastOffset', last_offset,
      'firstPosition', first_position, 'lastPosition', last_position, 'rowCount', row_count))`);
    this.addSql(`ALTER TABLE analytics.landing_intent ALTER COLUMN parts SET NOT NULL, ALTER COLUMN partitions DROP DEFAULT,
      DROP COLUMN partition, DROP COLUMN epoch, DROP COLUMN first_offset, DROP COLUMN last_offset, DROP COLUMN watermark_before`);
    this.addSql('DROP INDEX analytics.landing_intent_open');
    this.addSql(`CREATE INDEX landing_intent_open ON analytics.landing_intent (number) WHERE state = 'open'`);

    this.addSql(`CREATE TABLE analytics.lease (
      name text PRIMARY KEY,
      holder text NOT NULL,
      expires_at timestamptz(3) NOT NULL
    )`);
    this.addSql(OWN_PARTITION);
    this.addSql(OPEN_INTENT);
    this.addSql(FINISH_INTENT);
  }

  override down(): void {
    this.addSql('DROP FUNCTION analytics.finish_intent(text, bigint)');
    this.addSql('DROP FUNCTION analytics.open_intent(text, int, jsonb, bigint, bigint, int, text, int)');
    this.addSql('DROP FUNCTION analytics.own_partition(text, int, int, text)');
    this.addSql('DROP TABLE analytics.lease');
    this.addSql('DROP INDEX analytics.landing_intent_open');
    this.addSql(`ALTER TABLE analytics.landing_intent ADD COLUMN partition int NOT NULL DEFAULT 0, ADD COLUMN epoch bigint NOT NULL DEFAULT 0,
      ADD COLUMN first_offset bigint NOT NULL DEFAULT 0, ADD COLUMN last_offset bigint NOT NULL DEFAULT 0,
      ADD COLUMN watermark_before bigint NOT NULL DEFAULT 0, DROP COLUMN parts, DROP COLUMN partitions`);
    this.addSql(`CREATE UNIQUE INDEX landing_intent_open ON analytics.landing_intent (context) WHERE state = 'open'`);
    this.addSql('ALTER TABLE analytics.landing ADD COLUMN epoch bigint NOT NULL DEFAULT 0, ADD COLUMN owner text, DROP COLUMN partitions');
    this.addSql(
      `UPDATE analytics.landing l SET epoch = (SELECT coalesce(max(p.epoch), 0) FROM analytics.landing_partition p WHERE p.context = l.context)`,
    );
    this.addSql('DROP TABLE analytics.landing_partition');
  }
}

/**
 * Makes the caller a partition's owner: whoever owned it is fenced from here on. A partition that nobody ever owned has landed up to the
 * watermark, as every partition has. NC011: the topic had another number of partitions, and not everything of it has landed.
 */
const OWN_PARTITION = `
CREATE FUNCTION analytics.own_partition(p_context text, p_partition int, p_partitions int, p_owner text)
RETURNS TABLE (epoch bigint, landed bigint, open_intent bigint, watermark bigint) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  v_partitions int;
BEGIN
  INSERT INTO analytics.landing (context, partitions) VALUES (p_context, p_partitions) ON CONFLICT DO NOTHING;
  SELECT partitions INTO v_partitions FROM analytics.landing WHERE context = p_context;
  IF v_partitions <> p_partitions THEN
    SELECT partitions INTO v_partitions FROM analytics.landing WHERE context = p_context FOR UPDATE;
  END IF;
  IF v_partitions <> p_partitions THEN
    PERFORM 1 FROM analytics.landing_partition WHERE context = p_context ORDER BY partition FOR UPDATE;
    IF EXISTS (SELECT 1 FROM analytics.landing_partition p JOIN analytics.landing l USING (context)
               WHERE context = p_context AND (p.open_intent IS NOT NULL OR p.landed > l.watermark)) THEN
      RAISE EXCEPTION '% was landed in % partitions, not %', p_context, v_partitions, p_partitions USING ERRCODE = 'NC011',
        HINT = 'Let it land all that there is with the old number of partitions first.';
    END IF;
    -- No epoch is ever given twice: an owner under the old number stays fenced.
    UPDATE analytics.landing_partition p SET epoch = p.epoch + 1, landed = l.watermark
      FROM analytics.landing l WHERE p.context = p_context AND l.context = p_context;
    UPDATE analytics.landing SET partitions = p_partitions WHERE context = p_context;
  END IF;
  RETURN QUERY
    INSERT INTO analytics.landing_partition AS p (context, partition, epoch, owner, landed)
    SELECT p_context, p_partition, 1, p_owner, l.watermark FROM analytics.landing l WHERE l.context = p_context
    ON CONFLICT (context, partition) DO UPDATE SET epoch = p.epoch + 1, owner = p_owner
    RETURNING p.epoch, p.landed, p.open_intent, (SELECT l.watermark FROM analytics.landing l WHERE l.context = p_context);
END $$`;

/**
 * Writes an intent down, or says why not: 'gate' where landing is held, 'window' where an intent is open that is so old that the tables may
 * soon forget its token, 'lost' where a partition of it is another owner's, 'open' where one has an intent that is not finished, 'moved' where
 * one has landed something else. The locks come first and the number after them: who closes the gate then knows that no smaller number
 * appears any more.
 */
const OPEN_INTENT = `
CREATE FUNCTION analytics.open_intent(
  p_context text, p_partitions int, p_parts jsonb, p_first bigint, p_last bigint, p_rows int, p_digest text, p_window int
) RETURNS TABLE (number bigint, refused text, lost int[]) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  v_number bigint;
  v_refused text;
  v_lost int[];
BEGIN
  PERFORM 1 FROM analytics.gate WHERE holder IS NULL OR expires_at < clock_timestamp() FOR SHARE;
  IF NOT FOUND THEN
    RETURN QUERY SELECT NULL::bigint, 'gate', NULL::int[];
    RETURN;
  END IF;
  IF (SELECT max(number) - min(number) FILTER (WHERE state = 'open') >= p_window FROM (
        (SELECT number, state FROM analytics.landing_intent ORDER BY number DESC LIMIT 1)
        UNION ALL (SELECT number, state FROM analytics.landing_intent WHERE state = 'open' ORDER BY number LIMIT 1)) AS ends) THEN
    RETURN QUERY SELECT NULL::bigint, 'window', NULL::int[];
    RETURN;
  END IF;
  WITH mine AS (
    SELECT * FROM jsonb_to_recordset(p_parts) AS part(partition int, epoch bigint, landed bigint)
  ), locked AS MATERIALIZED (
    SELECT p.partition, p.epoch, p.landed, p.open_intent FROM analytics.landing_partition p
    WHERE p.context = p_context AND p.partition IN (SELECT partition FROM mine) ORDER BY p.partition FOR UPDATE
  )
  SELECT array_agg(mine.partition) FILTER (WHERE locked.epoch IS DISTINCT FROM mine.epoch),
    CASE WHEN bool_or(locked.epoch IS DISTINCT FROM mine.epoch) THEN 'lost'
         WHEN bool_or(locked.open_intent IS NOT NULL) THEN 'open'
         WHEN bool_or(locked.landed <> mine.landed) THEN 'moved' END
    INTO v_lost, v_refused
    FROM mine LEFT JOIN locked USING (partition);
  IF v_refused IS NOT NULL THEN
    RETURN QUERY SELECT NULL::bigint, v_refused, v_lost;
    RETURN;
  END IF;
  INSERT INTO analytics.landing_intent (context, partitions, parts, first_position, last_position, row_count, digest, state)
    VALUES (p_context, p_partitions, p_parts, p_first, p_last, p_rows, p_digest, 'open') RETURNING landing_intent.number INTO v_number;
  UPDATE analytics.landing_partition p SET open_intent = v_number
    WHERE p.context = p_context AND p.partition IN (SELECT (part->>'partition')::int FROM jsonb_array_elements(p_parts) AS part);
  RETURN QUERY SELECT v_number, NULL::text, NULL::int[];
END $$`;

/**
 * Marks an intent done whose rows are in the ledger, whoever sent them, and moves its partitions behind them; harmless where it is done
 * already. Answers with every partition of the context, so that an owner learns what it has lost and the watermark can be told. A topic of
 * one partition has its watermark moved at once.
 */
const FINISH_INTENT = `
CREATE FUNCTION analytics.finish_intent(p_context text, p_number bigint)
RETURNS TABLE (partition int, epoch bigint, landed bigint, watermark bigint) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
  PERFORM 1 FROM analytics.landing_partition WHERE context = p_context AND open_intent = p_number ORDER BY partition FOR UPDATE;
  WITH finished AS (
    UPDATE analytics.landing_intent SET state = 'done', done_at = clock_timestamp() WHERE number = p_number AND state = 'open' RETURNING parts
  ), moved AS (
    UPDATE analytics.landing_partition p SET open_intent = NULL, landed = greatest(p.landed, part."lastPosition")
    FROM finished, jsonb_to_recordset(finished.parts) AS part(partition int, "lastPosition" bigint)
    WHERE p.context = p_context AND p.partition = part.partition
    RETURNING p.landed
  )
  UPDATE analytics.landing l SET watermark = greatest(l.watermark, moved.landed), advanced_at = clock_timestamp()
  FROM moved WHERE l.context = p_context AND l.partitions = 1;
  RETURN QUERY
    SELECT p.partition, p.epoch, p.landed, l.watermark FROM analytics.landing_partition p JOIN analytics.landing l USING (context)
    WHERE p.context = p_context AND p.partition < l.partitions ORDER BY p.partition;
END $$`;
