import { SESSION_COLUMNS } from '../session-credential.js';

/** How many sessions of one user are open: enough for every device, and few enough to end them all at once. */
export const MOST_SESSIONS = 50;

export const ONE = { name: 'session-credential', text: `select ${SESSION_COLUMNS} from identity.session_credentials s where s.session_id = $1` };
export const OPEN = {
  name: 'open-session-credentials',
  text: `select ${SESSION_COLUMNS} from identity.session_credentials s where s.user_id = $1 and s.ended_at is null order by s.session_id`,
};
export const BEYOND = {
  name: 'session-credentials-beyond',
  text: `select ${SESSION_COLUMNS} from identity.session_credentials s where s.user_id = $1 and s.ended_at is null
         order by s.started_at desc, s.session_id desc offset $2 limit 50`,
};
export const SWEEP = {
  name: 'sweep-session-credentials',
  text: `delete from identity.session_credentials where user_id = $1 and least(ended_at, expires_at, idle_until) < $2::timestamptz - interval '1 day'`,
};
