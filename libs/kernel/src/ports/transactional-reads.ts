/** Reads of a context's own tables: always current with what was answered. */
export abstract class TransactionalReads {
  /**
   * @param statement its name stands for one text only (it is prepared once a connection), unique within the context
   * @param values bound parameters, `$1` first
   */
  abstract query<Row extends object>(context: string, statement: { name: string; text: string }, values: readonly unknown[]): Promise<Row[]>;

  /** The same for a list, which may be read from a copy that is a moment behind; never for a caller that names what it must have seen. */
  list<Row extends object>(context: string, statement: { name: string; text: string }, values: readonly unknown[]): Promise<Row[]> {
    return this.query(context, statement, values);
  }
}
