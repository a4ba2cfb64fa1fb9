import { existsSync } from 'node:fs';
import { readIfExists } from './secret-file.js';

/** The fields of /proc/<pid>/stat after the program's name, which can hold spaces: state first. Undefined where there is no /proc. */
function statFields(pid: number): string[] | undefined {
  const stat = readIfExists(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** True for a process that runs; a dead one that nobody has collected yet (a zombie) is not alive. */
export function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return !existsSync('/proc/self/stat') || (statFields(pid) ?? ['X'])[0] !== 'Z';
}

/**
 * When a process started, as a text that no other process of this id ever had (boot and clock ticks since). Empty where the
 * system does not tell: then a process id alone has to do.
 */
export function birthmark(pid: number): string {
  const ticks = statFields(pid)?.[19];
  return ticks ? `${readIfExists('/proc/sys/kernel/random/boot_id')?.trim() ?? ''}:${ticks}` : '';
}

/** False where the system tells that the process was not started with `argument`; true where it is, or cannot be told. */
export function mayHaveArgument(pid: number, argument: string): boolean {
  try {
    const commandLine = readIfExists(`/proc/${pid}/cmdline`);
    return commandLine === undefined ? !existsSync('/proc/self') : commandLine.includes(argument);
  } catch {
    return true;
  }
}
