import { Kafka, PartitionAssigners, type Broker, type Cluster, type Consumer, type ConsumerConfig, type KafkaConfig } from 'kafkajs';

/** What builds a request of the newest version that kafkajs and the broker both know. */
type Lookup = (apiKey: number, definition: unknown) => (parts: object) => object;

/** What kafkajs' types leave out of a broker, as far as it is mended here. */
type WholeBroker = Broker & {
  readonly lookupRequest: Lookup;
  joinGroup(request: object): Promise<unknown>;
  heartbeat(request: object): Promise<unknown>;
};

/** After so long a request whose connection is gone reaches no broker any more, ms. */
const ON_THE_WAY_MS = 120_000;

/** What this process has of one group: the consumer that may join it, and when it asked to join and got no answer. */
interface Seat {
  cluster: Cluster;
  readonly unanswered: Set<number>;
}

/**
 * Kafka whose consumers are static members of their groups (KIP-345), which kafkajs 2.2.4 knows in its protocol and not in its consumer: whoever comes
 * back under its name within the session's time has its partitions back, and nobody else hears of it. One member of a group at a time: of two consumers
 * that were made for one group only the later may join, so that one that was given up cannot take the name from the one in its place.
 */
export class NamedKafka extends Kafka {
  private readonly seats = new Map<string, Seat>();

  /** @param instanceName unique among the members of each group */
  constructor(
    config: KafkaConfig,
    private readonly instanceName: string,
  ) {
    super(config);
  }

  override consumer(config: ConsumerConfig): Consumer {
    return super.consumer({
      ...config,
      partitionAssigners: [
        // Each consumer has a cluster of its own, and shows it nowhere else.
        (parts) => {
          nameIn(parts.cluster, this.instanceName, this.seat(parts.groupId, parts.cluster));
          return PartitionAssigners.roundRobin(parts);
        },
      ],
    });
  }

  /** Whether it may itself have taken its name from the consumer that has it: what asked to join for one that was given up can arrive late. Told once. */
  mayHaveJoinedTwice(groupId: string): boolean {
    const { unanswered } = this.seats.get(groupId) ?? { unanswered: new Set<number>() };
    const since = performance.now() - ON_THE_WAY_MS;
    const may = [...unanswered].some((sentAt) => sentAt > since);
    unanswered.clear();
    return may;
  }

  private seat(groupId: string, cluster: Cluster): Seat {
    const seat = this.seats.get(groupId) ?? { cluster, unanswered: new Set() };
    seat.cluster = cluster;
    this.seats.set(groupId, seat);
    return seat;
  }
}

function nameIn(cluster: Cluster, name: string, seat: Seat): void {
  const views = new WeakMap<Broker, Broker>();
  const find = cluster.findBroker.bind(cluster);
  cluster.findBroker = async (node) => {
    const broker = (await find(node)) as WholeBroker;
    const view = views.get(broker) ?? named(broker, name, (join) => inSeat(seat, cluster, join));
    views.set(broker, view);
    return view;
  };
}

async function inSeat<T>(seat: Seat, cluster: Cluster, join: () => Promise<T>): Promise<T> {
  if (seat.cluster !== cluster) throw new Error('another consumer of this process has taken the place of this one');
  const sentAt = performance.now();
  seat.unanswered.add(sentAt);
  // Once another consumer is in this place, an answer only tells that the name was taken from it.
  const answered = (): void => void (seat.cluster === cluster && seat.unanswered.delete(sentAt));
  try {
    const joined = await join();
    answered();
    return joined;
  } catch (error) {
    if (typeOf(error) !== undefined) answered();
    throw error;
  }
}

/** A broker to whom every request that has a place for it tells the name; one that is too old for such requests gets those that it knows. */
function named(broker: WholeBroker, groupInstanceId: string, joining: <T>(join: () => Promise<T>) => Promise<T>): Broker {
  const lookupRequest: Lookup = (apiKey, definition) => {
    const build = broker.lookupRequest(apiKey, definition);
    return (parts) => build({ ...parts, groupInstanceId });
  };
  // It has no place for the name, so whoever lost it to another process would hear that he is unknown, and join again: a heartbeat tells which it is.
  const offsetCommit: Broker['offsetCommit'] = async (request) => {
    try {
      return await broker.offsetCommit(request);
    } catch (error) {
      if (typeOf(error) === 'UNKNOWN_MEMBER_ID') await view.heartbeat(request);
      throw error;
    }
  };
  const view = Object.create(broker, {
    lookupRequest: { value: lookupRequest },
    joinGroup: { value: (request: object) => joining(() => broker.joinGroup.call(view, request)) },
    offsetCommit: { value: offsetCommit },
  }) as WholeBroker;
  return view;
}

/** What the broker calls an error; undefined for one that is not its answer. */
const typeOf = (error: unknown): unknown => (error as { readonly type?: unknown }).type;

/** Whether what ended a consumer is that its name is another process' now. Where it may be its own, the next consumer takes it back. */
export const isNameTaken = (kafka: Kafka, groupId: string, error: unknown): boolean =>
  isFenced(error) && !(kafka instanceof NamedKafka && kafka.mayHaveJoinedTwice(groupId));

/** kafkajs wraps what made it give up. */
function isFenced(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  return typeOf(error) === 'FENCED_INSTANCE_ID' || isFenced((error as { readonly cause?: unknown }).cause);
}

export const nameTaken = (groupId: string): string =>
  `another process has joined ${groupId} under the INSTANCE_NAME of this one, which stays out of it: give each process a name of its own, and start this one again`;
