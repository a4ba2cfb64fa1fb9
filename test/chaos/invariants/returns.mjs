// Goods that came back, as the logs of ordering and catalog and the list of workflows tell of them: rows in, words out.
import { groupedBy, shown, units } from './events.mjs';

/**
 * With all at rest each return that was received was put into stock once and credited once, with all of its worth, and its workflow has ended; nothing was
 * put back that nobody returned.
 * @param {{ type: string, data: object }[]} orders
 * @param {{ type: string, data: object }[]} stock
 * @param {{ id: string, status: string, outcome: string | null }[]} workflows of returns
 * @returns {string[]} what is wrong, in words
 */
export function againstReturns(orders, stock, workflows) {
  const of = (events, type) => events.filter((event) => event.type === type).map(({ data }) => data);
  const received = groupedBy(of(orders, 'ordering.ReturnReceived'), ({ returnId }) => returnId);
  const credited = groupedBy(of(orders, 'ordering.CreditNoteRecorded'), ({ creditNoteId }) => creditNoteId);
  const restocked = groupedBy(of(stock, 'catalog.StockRestocked'), ({ returnId }) => returnId);
  const ends = new Map(workflows.map(({ id, status, outcome }) => [id, `${status} ${outcome ?? ''}`.trim()]));
  const nobodys = [...restocked.keys()].filter((id) => !received.has(id)).map((id) => `return ${id}: put into stock, and nobody received it`);
  const wrong = [...received].flatMap(([id, [{ lines, total }, ...more]]) => {
    const notes = (credited.get(id) ?? []).map((note) => units(note.total));
    const goods = quantities(lines.filter(({ kind }) => kind === 'goods'));
    const back = quantities(restocked.get(id) ?? []);
    const end = ends.get(id) ?? 'not begun';
    return [
      ...(more.length === 0 ? [] : ['it was received more than once']),
      ...(end === 'ended completed' ? [] : [`its workflow is ${end}`]),
      ...(notes.length === 1 && notes[0] === units(total)
        ? []
        : [`${shown(units(total))} is due, credited was ${notes.map(shown).join(' and ') || 'nothing'}`]),
      ...(goods === back ? [] : [`${goods || 'nothing'} came back, ${back || 'nothing'} is in stock`]),
    ].map((problem) => `return ${id}: ${problem}`);
  });
  return [...nobodys, ...wrong];
}

/** Units by SKU, in words that are the same for the same. */
function quantities(lines) {
  const bySku = groupedBy(lines, ({ sku }) => sku);
  return [...bySku]
    .map(([sku, own]) => `${own.reduce((count, { quantity }) => count + quantity, 0)} ${sku}`)
    .sort()
    .join(', ');
}
