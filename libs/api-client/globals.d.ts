/** What fetch sends; Node's own types leave the browsers' name for it out. */
type BodyInit = NonNullable<RequestInit['body']>;
