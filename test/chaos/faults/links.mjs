// What a network does: connections that are slow, break, are refused, or carry nothing any more without anybody being told.

/** How a link is spoilt, and mended. */
const SPOILS = {
  latency: {
    holdMs: [4_000, 8_000],
    spoil: (proxy, link, random) => proxy.spoil(link, 'latency', { latency: random.whole(100, 800), jitter: 100 }, ['downstream']),
    mend: (proxy, link) => proxy.unspoil(link, 'latency', ['downstream']),
  },
  reset: {
    holdMs: [3_000, 6_000],
    spoil: (proxy, link, random) => proxy.spoil(link, 'reset_peer', { timeout: random.whole(0, 500) }),
    mend: (proxy, link) => proxy.unspoil(link, 'reset_peer'),
  },
  refusal: {
    holdMs: [3_000, 7_000],
    spoil: (proxy, link) => proxy.cut(link),
    mend: (proxy, link) => proxy.mend(link),
  },
  // Both sides keep their connection, and nothing of it arrives: the partition that takes longest to notice.
  silence: {
    holdMs: [5_000, 12_000],
    spoil: (proxy, link) => proxy.spoil(link, 'timeout', { timeout: 0 }),
    // What was swallowed is lost in the middle of a stream, which no network does: those connections do not live on.
    async mend(proxy, link) {
      await proxy.cut(link);
      await proxy.unspoil(link, 'timeout');
      await proxy.mend(link);
    },
  },
};

/** Kinds of links, by where they lead; commands need some of them. */
const KINDS = {
  postgres: { of: ({ to }) => to === 'postgres' },
  kafka: { of: ({ to }) => to === 'kafka', commandsGoOn: true },
  clickhouse: { of: ({ to }) => to === 'clickhouse', commandsGoOn: true },
  redis: { of: ({ to }) => to === 'redis', commandsGoOn: true },
  'each other': { of: ({ to }) => to.endsWith('/rpc') },
  'the services, from the gateway': { of: ({ from }) => from === 'gateway' },
};

const ALL_SHARE = 0.4;

const linkFault = (spoilt, kind) => {
  const { holdMs, spoil, mend } = SPOILS[spoilt];
  return {
    name: `${spoilt} to ${kind}`,
    needs: [`link ${kind}`],
    holdMs,
    recovery: kind === 'kafka' ? 'broker' : 'link',
    commandsGoOn: KINDS[kind].commandsGoOn ?? false,
    async begin({ proxy, say }, random) {
      const all = proxy.links.filter(KINDS[kind].of);
      const links = random.chance(ALL_SHARE) ? all : [random.pick(all)];
      say(`             ${links.length === all.length ? 'all links' : `${links[0].from} to ${links[0].to}`}`);
      for (const link of links) await spoil(proxy, link, random);
      return async () => {
        for (const link of links) await mend(proxy, link);
      };
    },
  };
};

export const linkFaults = Object.keys(KINDS).flatMap((kind) => Object.keys(SPOILS).map((spoilt) => linkFault(spoilt, kind)));
