import type { DeadLetter, DeadLetterDetail } from '@kernel/ports/dead-letters.js';

/** What a terminal would obey is shown as what it is. */
const shown = (text: string): string => text.replace(/[\p{Cc}\p{Cf}]/gu, (character) => (character === '\n' ? ' ' : '\uFFFD'));

export const letterInWords = ({ id, state, type, subject, parkedAt, reason }: DeadLetter): string =>
  shown(`${id}  ${state === 'held' ? 'held  ' : ''}${type}  ${subject}  ${parkedAt}  ${reason}`);

export function detailInWords(letter: DeadLetterDetail): string {
  const { messageId, attempts, behind, headers, data, encoding } = letter;
  return [
    letterInWords(letter),
    ...(messageId === null ? [] : [`id: ${shown(messageId)}`]),
    ...(attempts === null ? [] : [`deliveries: ${attempts}`]),
    ...(behind === 0 ? [] : [`waiting behind it: ${behind}`]),
    ...Object.entries(headers).map(([name, value]) => shown(`${name}: ${value}`)),
    encoding === 'base64' ? `base64: ${data}` : shown(data),
  ].join('\n');
}
