import { Landing } from './0001-landing.js';

export const analyticsMigrations = [{ name: '0001-landing', class: Landing }];
