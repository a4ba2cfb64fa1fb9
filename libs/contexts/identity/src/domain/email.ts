/** One spelling for what reaches one mailbox: no white space around it, lower case. */
export const normalisedEmail = (email: string): string => email.trim().normalize('NFC').toLowerCase();
