// npm run simulate -- [--schedules N] [--seed S] [--bail]   runs N random schedules of the pipeline in virtual time (1,000)
// npm run simulate -- --replay SEED                         runs one schedule again, and tells all that happens in it
import './typescript-hooks.mjs';
import 'reflect-metadata';

const { simulate } = await import('../libs/testing/src/simulation/command-line.ts');
// Not exit(): what a pipe has not taken yet would be lost.
process.exitCode = await simulate(process.argv.slice(2));
