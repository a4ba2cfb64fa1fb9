/** The work cannot go on. The message is one line that says what to do; `--json` or not, the exit code is 2. */
export class Failure extends Error {
  override readonly name = 'Failure';
}
