import { invoiceCommands, productCommand, type ImportCommand } from './commands.js';
import { Invoices } from './invoices.js';
import { RowParser, UnusableFile, type Reject, type Row } from './rows.js';
import { CutOff, readRecords } from './source.js';
import { Survey } from './survey.js';
import { WallClock } from './wall-clock.js';

/** What the file's times and amounts are in: neither is written in it. */
export interface Units {
  readonly timezone: string;
  readonly currency: string;
}

/** A piece of the work, in the file's order: commands to issue and rows that are rejected. */
export interface Step {
  readonly commands: readonly ImportCommand[];
  readonly rejected: readonly Reject[];
}

async function* readRows(path: string, timezone: string): AsyncGenerator<(Row | Reject)[]> {
  let parser: RowParser | undefined;
  for await (const records of readRecords(path)) {
    if (!parser && records.length > 0) parser = new RowParser(records.shift()!, new WallClock(timezone));
    if (parser) yield records.map((record) => parser!.parse(record));
  }
  if (!parser) throw new UnusableFile('the file is empty');
}

/**
 * A file as the commands that bring it into the shop. It is read twice: first to learn where each invoice ends and what each product is
 * called, so that one invoice is one order wherever its rows stand, then to make the commands. Memory holds the numbers of all
 * invoices, the products, and the rows of invoices that are open, never the file.
 */
export class ImportPlan {
  /** Why the file could only be read in part; the rows before the cut are imported. */
  cutOff: CutOff | undefined;

  private constructor(
    private readonly path: string,
    private readonly units: Units,
    private readonly survey: Survey,
  ) {}

  /** Reads the file once. @throws UnusableFile when nothing of it can be imported */
  static async of(path: string, units: Units): Promise<ImportPlan> {
    const plan = new ImportPlan(path, units, new Survey());
    try {
      for await (const rows of readRows(path, units.timezone)) for (const row of rows) plan.survey.add(row);
    } catch (error) {
      if (!(error instanceof CutOff)) throw error;
      plan.cutOff = error;
    }
    return plan;
  }

  get rows(): number {
    return this.survey.rows;
  }

  /** Reads the file again and gives products first, then each invoice when its last row is reached. */
  async *steps(): AsyncGenerator<Step> {
    const { currency, timezone } = this.units;
    yield { commands: this.survey.products().map((product) => productCommand(product, currency)), rejected: [] };

    const invoices = new Invoices(this.survey.lastRow, this.cutOff && this.survey.last);
    let number = 0;
    try {
      for await (const rows of readRows(this.path, timezone)) {
        const commands: ImportCommand[] = [];
        const rejected: Reject[] = [];
        for (const row of rows) {
          const placed = invoices.add(++number, row);
          if (placed.rejected) rejected.push(placed.rejected);
          if (placed.complete) commands.push(...invoiceCommands(placed.complete, currency));
        }
        yield { commands, rejected };
      }
    } catch (error) {
      if (!(error instanceof CutOff)) throw error;
    }
    if (number !== this.survey.rows) throw new UnusableFile('the file changed while it was read; import it again');
  }
}
