import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import { StartupError } from '../startup-error.js';

/** One environment variable: how it is read, what it must be in words, and what it is where it is not set. */
export interface Variable<Type extends z.ZodType = z.ZodType> {
  readonly schema: Type;
  readonly must: string;
  readonly fallback?: string;
  /** Never shown in an error. */
  readonly secret?: boolean;
}

export const variable = <Type extends z.ZodType>(definition: Variable<Type>): Variable<Type> => definition;

/**
 * The environment of a process, read variable by variable, with everything that is wrong in it gathered. Each NAME may be given as NAME_FILE, the path
 * of a file that holds the value: so secrets come from Docker and Kubernetes.
 */
export class Environment {
  private readonly problems: string[] = [];

  constructor(private readonly variables: NodeJS.ProcessEnv) {}

  /** The value; where it is bad that is noted, and what comes back is of no use. An empty variable counts as not set. */
  read<Type extends z.ZodType>(name: string, { schema, must, fallback, secret }: Variable<Type>): z.output<Type> {
    const text = this.text(name) ?? fallback;
    const parsed = schema.safeParse(text);
    if (!parsed.success && !this.complaints.has(name)) this.problem(`${name} must ${must}${secret ? '' : `, not "${text}"`}`);
    return parsed.data as z.output<Type>;
  }

  /** The same for a variable that this process cannot do without. */
  require<Type extends z.ZodType>(name: string, wanted: Variable<Type>): NonNullable<z.output<Type>> {
    if (this.isSet(name)) return this.read(name, wanted) as NonNullable<z.output<Type>>;
    if (!this.complaints.has(name)) this.problem(`${name} must be set: it must ${wanted.must}`);
    return undefined as unknown as NonNullable<z.output<Type>>;
  }

  isSet(name: string): boolean {
    return this.text(name) !== undefined;
  }

  /** Notes something that is wrong, once, in words that follow "Bad environment: ". */
  problem(text: string): void {
    if (!this.problems.includes(text)) this.problems.push(text);
  }

  /** @throws StartupError naming all that is wrong at once */
  check(): void {
    if (this.problems.length > 0) throw new StartupError(`Bad environment: ${this.problems.join('; ')}.`);
  }

  /** Variables whose file is at fault, which is said once. */
  private readonly complaints = new Set<string>();
  private readonly files = new Map<string, string | undefined>();

  private text(name: string): string | undefined {
    const [own, file] = [this.variables[name] || undefined, this.variables[`${name}_FILE`] || undefined];
    if (file === undefined) return own;
    if (own !== undefined) return (this.complain(name, `${name} and ${name}_FILE are both set: leave one of them out`), own);
    if (!this.files.has(name)) this.files.set(name, this.contents(name, file));
    return this.files.get(name);
  }

  private contents(name: string, file: string): string | undefined {
    try {
      return readFileSync(file, 'utf8').replace(/\r?\n$/, '') || undefined;
    } catch (error) {
      this.complain(name, `${name}_FILE must name a file that this process can read, not "${file}" (${(error as NodeJS.ErrnoException).code})`);
      return undefined;
    }
  }

  private complain(name: string, problem: string): void {
    if (this.complaints.has(name)) return;
    this.complaints.add(name);
    this.problem(problem);
  }
}
