// From an append to the figures, and back from a backup.

const APPENDS = 'libs/adapters/event-store/src/append.int.spec.ts';
const SEQUENCER = 'libs/adapters/event-store/src/sequencer.int.spec.ts';
const LANDING = 'libs/adapters/read-store/src/landing/landing.int.spec.ts';
const RESEND = 'libs/adapters/read-store/src/landing/resend.int.spec.ts';
const UNREADABLE = 'libs/adapters/read-store/src/landing/unreadable-parts.int.spec.ts';
const RELAY = 'libs/adapters/event-bus/src/kafka/relay.int.spec.ts';
const FEED = 'libs/adapters/event-bus/src/kafka/partition-feed.spec.ts';
const BACKUP = 'apps/admin-cli/src/backup/backup.int.spec.ts';
const GENERATIONS = 'libs/adapters/read-store/src/generations/generations.int.spec.ts';
const CONSISTENCY = 'test/e2e/consistency.e2e.spec.ts';

const TABLES = 'migrations/postgres/src/event-store-tables.ts';
const EVENT_STORE = 'libs/adapters/event-store/src/postgres-event-store.ts';
const PROJECTOR = 'libs/adapters/read-store/src/landing/projector.ts';
const LEDGER = 'libs/adapters/read-store/src/ledger.ts';
const LANDING_TABLES = 'migrations/postgres/src/analytics/0002-landing-by-partition.ts';

const OPENED = 'const { intent, since } = await this.openIntent(block);';
const INSERTED = 'await this.parts.session.insert(LEDGER, rows, landingSettings(tokenOf(intent)));\n';
const APPENDED = 'appendStatement(this.context, request, events, this.scope.current(), receipts);';

/** Makes a generation's tables and views, in the moment that the gate is closed for. */
const CREATION = 'await createGeneration(this.session, definition, number, this.soleOwner ? undefined : standstill.lastIntent);';

/** How the sequencing function begins; the compaction begins the same, so the anchor goes on to what only this one does. */
const SEQUENCING =
  'select position into v_position from ${schema}.sequencer where epoch = p_epoch for update;\n  if not found then return -1; end if;\n  with batch';

export const pipeline = [
  {
    name: 'a refusal that stands without a second look at the receipts',
    edits: [
      { file: 'libs/kernel/src/once.ts', find: " || (error instanceof Refusal && error.kind !== 'unavailable')", replace: '' },
      { file: 'libs/kernel/src/once.ts', find: "import { Refusal } from './refusal.js';\n", replace: '' },
    ],
    test: ['libs/kernel/src/once.spec.ts', 'is answered as its twin was that has done it meanwhile'],
  },
  {
    name: 'repaired rows land in read models that are still asked',
    edits: [{ file: PROJECTOR, find: '    await this.parts.generations.hideAll();\n', replace: '' }],
    test: [UNREADABLE, 'does so while it runs, when an audit could not read it, and answers nothing wrong meanwhile'],
  },
  {
    name: 'a mending that is tried once',
    edits: [
      { file: PROJECTOR, find: 'await this.untilDone(work, () => true, MOST_MENDING_RETRY_MS);', replace: 'await work().catch(() => undefined);' },
    ],
    test: [UNREADABLE, 'tries until all is there again what it has set aside'],
  },
  {
    name: 'no deduplication token',
    // Without a token this engine compares contents, and insert_deduplicate alone no longer turns that off.
    edits: [{ file: LEDGER, find: '  insert_deduplication_token: token,\n', replace: "  deduplicate_insert: 'disable',\n" }],
    test: [RESEND, 'sends a block again whose done mark failed'],
  },
  {
    name: 'a deduplication token for every attempt',
    edits: [
      { file: LEDGER, find: '  insert_deduplication_token: token,\n', replace: '  insert_deduplication_token: `${token}:${Math.random()}`,\n' },
    ],
    test: [RESEND, 'sends a block again whose done mark failed'],
  },
  {
    name: 'a token without the range',
    edits: [
      {
        file: 'libs/adapters/read-store/src/landing/intents.ts',
        find: '`${intent.context}:${intent.number}:${intent.firstPosition}-${intent.lastPosition}:${intent.digest}`',
        replace: '`${intent.context}:${intent.number}`',
      },
    ],
    test: [RESEND, 'takes no block for another that had its number'],
  },
  {
    name: 'an intent written after the insert',
    edits: [
      {
        file: 'libs/adapters/read-store/src/landing/landing.ts',
        find: OPENED,
        replace: 'const [intent, since] = [{ ...block, number: (await this.parts.intents.lastNumber()) + 1 }, performance.now()];',
      },
      {
        file: 'libs/adapters/read-store/src/landing/sender.ts',
        find: INSERTED,
        replace: `${INSERTED}    await this.parts.intents.open(intent).catch(() => undefined);\n`,
      },
    ],
    test: [RESEND, 'writes a block down before any row of it is sent'],
  },
  {
    name: 'no position filter: delivery',
    edits: [
      {
        file: 'libs/adapters/event-bus/src/kafka/partition-feed.ts',
        find: 'if (event.position <= this.received || event.position <= (this.solid ?? 0)) {',
        replace: 'if (event.position < 0) {',
      },
      {
        file: 'libs/adapters/event-bus/src/kafka/partition-feed.ts',
        find: '      if (position <= this.solid) {',
        replace: '      if (position < 0) {',
      },
    ],
    test: [FEED, 'is not delivered twice, however often the topic gives it'],
  },
  {
    name: 'no position filter: landing',
    edits: [
      {
        file: 'libs/adapters/read-store/src/landing/landing.ts',
        find: 'const fresh = messages.filter(({ partition, event }) => this.owned.wants(partition, event.position));',
        replace: 'const fresh = messages;',
      },
      {
        file: 'libs/adapters/read-store/src/landing/landing.ts',
        find: '      mine = mine.filter(({ position }) => this.owned.wants(messageAt.get(position)?.partition ?? 0, position));\n',
        replace: '',
      },
    ],
    test: [LANDING, 'drops what it has passed'],
  },
  {
    name: 'no awaited batch: relay',
    edits: [
      { file: 'libs/adapters/event-bus/src/kafka/relay.ts', find: 'await this.producer!.sendBatch(', replace: 'void this.producer!.sendBatch(' },
    ],
    test: [RELAY, 'sends one batch at a time'],
  },
  {
    name: 'a backup whose snapshot comes before its locks',
    edits: [
      {
        file: 'libs/adapters/event-store/src/backup/database-snapshot.ts',
        find: 'if (tables.length > 0) await client.query(',
        replace: 'if (tables.length > 0) await client.query(`select 1`), void (',
      },
    ],
    test: [BACKUP, 'the outbox is not truncated under it'],
  },
  {
    name: 'no receipt',
    edits: [{ file: EVENT_STORE, find: '(request.receipts ?? []).map(', replace: '(request.receipts ?? []).slice(0, 0).map(' }],
    test: [APPENDS, 'lets one of twenty claims at once have an effect'],
  },
  {
    name: 'a receipt outside of the transaction',
    edits: [
      {
        file: EVENT_STORE,
        find: `    const { statement, values } = ${APPENDED}\n`,
        replace: `    for (const { principal, route, key, bodyDigest, outcome } of receipts) {
      const text = \`insert into \${this.context}.receipt (principal, route, key, body_digest, outcome) values ($1, $2, $3, $4, $5) on conflict do nothing returning key\`;
      const kept = await this.database.query({ name: 'receipt.first', text }, [principal, route, key, bodyDigest, JSON.stringify(outcome)]);
      if (kept.length === 0) throw new ReceiptExists('somebody has it');
    }
    const { statement, values } = ${APPENDED.replace('receipts', '[]')}\n`,
      },
    ],
    test: [APPENDS, 'leaves no receipt behind where it is refused'],
  },
  {
    name: 'a database that is not told again what became of a command',
    edits: [
      {
        file: 'libs/adapters/event-store/src/sagas/command-dispatcher.ts',
        find: '        if (isUnavailable(error)) this.untold.push(words);\n',
        replace: '',
      },
    ],
    test: ['libs/adapters/event-store/src/sagas/command-dispatcher.spec.ts', 'are never parked for it'],
  },
  {
    name: 'no version check',
    edits: [{ file: TABLES, find: ' where id = p_stream[i] and version = p_expected[i];', replace: ' where id = p_stream[i];' }],
    test: [APPENDS, 'is refused where the stream has moved on'],
  },
  {
    name: 'no token wait',
    edits: [{ file: 'libs/adapters/runtime/src/http/consistency.ts', find: '      await this.watermarks.waitFor(token, WAIT_MS);\n', replace: '' }],
    test: [CONSISTENCY, 'makes a question wait for the order'],
  },
  {
    name: 'no epoch: sequencer',
    edits: [{ file: TABLES, find: SEQUENCING, replace: SEQUENCING.replace(' where epoch = p_epoch', '') }],
    test: [SEQUENCER, 'fences a zombie whose epoch is over'],
  },
  {
    name: 'no epoch: landing',
    edits: [
      { file: LANDING_TABLES, find: "CASE WHEN bool_or(locked.epoch IS DISTINCT FROM mine.epoch) THEN 'lost'\n         WHEN", replace: 'CASE WHEN' },
    ],
    test: [LANDING, 'fences an owner that another has taken over from'],
  },
  {
    name: 'SKIP LOCKED over the outbox',
    edits: [{ file: TABLES, find: '.outbox order by id limit p_limit\n', replace: '.outbox order by id limit p_limit for update skip locked\n' }],
    test: [SEQUENCER, 'waits for a row that somebody holds'],
  },
  {
    name: 'SKIP LOCKED in the place of the row',
    edits: [
      { file: TABLES, find: SEQUENCING, replace: SEQUENCING.replace(' for update', '') },
      { file: TABLES, find: '.outbox order by id limit p_limit\n', replace: '.outbox order by id limit p_limit for update skip locked\n' },
    ],
    test: [SEQUENCER, 'with two sequencers that both believe in themselves'],
  },
  {
    name: 'a view added without the gate',
    edits: [
      {
        file: 'libs/adapters/read-store/src/generations/generations.ts',
        find: `        ${CREATION}\n        return standstill;\n      });\n`,
        // The gate is open again when the views come; half a second makes sure that something lands in between.
        replace: `        return standstill;\n      });\n      await new Promise((resolve) => setTimeout(resolve, 500));\n      ${CREATION.replace('standstill.', '')}\n`,
      },
    ],
    test: [GENERATIONS, 'rebuilds while orders come in'],
  },
];
