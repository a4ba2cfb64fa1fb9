import { askUntil } from './ask-until.js';
import type { Person } from './shop-api.js';

/** A page is the longest that the list of sagas gives. */
const PAGE = 100;

interface SagaPage {
  readonly items: readonly { readonly saga: string; readonly id: string; readonly step: string; readonly status: string }[];
}

const listed = async (administrator: Person, status: string): Promise<SagaPage['items']> =>
  (await administrator.get<SagaPage>(`/admin/sagas?status=${status}&limit=${PAGE}`)).items;

/** Workflows that should move by themselves: at most as many as two pages hold. */
export const inFlight = async (administrator: Person): Promise<SagaPage['items']> => [
  ...(await listed(administrator, 'running')),
  ...(await listed(administrator, 'compensating')),
];

/** What was answered last is still on its way to the workflows for a moment: only a rest of this length is one, ms. */
const STEADY_MS = 1_500;

/** Waits until every workflow rests or has ended; answers those that did not in time, and those that need an operator. */
export async function settled(administrator: Person, patienceMs: number): Promise<string[]> {
  let restingSince = Infinity;
  const rests = ({ length }: SagaPage['items']): boolean => {
    restingSince = length > 0 ? Infinity : Math.min(restingSince, performance.now());
    return performance.now() - restingSince >= STEADY_MS;
  };
  const busy = await askUntil(() => inFlight(administrator), rests, { patienceMs });
  return [...busy, ...(await listed(administrator, 'failed'))].map(({ saga, id, status, step }) => `${saga} ${id} is ${status} at ${step}`);
}
