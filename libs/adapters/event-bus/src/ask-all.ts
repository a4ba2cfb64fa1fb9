/**
 * All answers; where one fails, its error, but not before every other has come: who asks again must not do so while an earlier question is still
 * under way, whose late answer would then be taken for the new one's.
 */
export async function askAll<T>(questions: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(questions);
  return Promise.all(questions);
}
