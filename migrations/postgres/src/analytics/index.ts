import { Landing } from './0001-landing.js';
import { LandingByPartition } from './0002-landing-by-partition.js';

export const analyticsMigrations = [
  { name: '0001-landing', class: Landing },
  { name: '0002-landing-by-partition', class: LandingByPartition },
];
