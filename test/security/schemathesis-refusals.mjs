// Which refusals a request may meet although it fits the document, operation by operation. That such an answer is documented, and a problem, is checked all the
// same. A cursor that no page answered, a version that has moved on: most of it the document says itself.

/** Whatever the request: signed in as somebody else, about something that is not there or not so, or too often. */
const ALWAYS = ['2xx', '3xx', 401, 403, 404, 409, 429];
/** What makes a request invalid although no schema can say so, nor a code of the operation's own. */
const INVALID = {
  register: 'a password has 72 bytes at most, however many characters those are',
  changePassword: 'the same',
  changeProfile: 'a new email takes the password as well',
  listProducts: 'the lowest price above the highest',
  createProduct: 'an amount has 4 places at most',
  changeProduct: 'the same',
  importHistory: 'its commands have schemas of their own',
  moveStock: 'a quantity of 0',
  creditOrder: 'characters that no text may hold',
  shipOrder: 'the same',
  requestReturn: 'the same',
};
/** A code of the operation's own in the description of its refusal; `request.invalid` is everybody's. */
const CODE = /\b(?!request\.)[a-z-]+\.[a-z]+(?:-[a-z]+)*\b/;

function mayAnswer({ operationId, parameters = [], responses }) {
  const takes = (name) => parameters.some((parameter) => parameter.name === name);
  const isInvalid =
    operationId in INVALID || takes('cursor') || CODE.test(responses[400].description) || /consistency-token/.test(responses[409]?.description ?? '');
  return [...(isInvalid ? [400] : []), ...(takes('If-Match') ? [412] : []), ...(takes('Idempotency-Key') ? [422] : [])];
}

/** The part of Schemathesis' configuration that says so. */
export function refusals(operations) {
  return operations
    .map((operation) => {
      const expected = [...ALWAYS, ...mayAnswer(operation)];
      // Its coverage phase takes a header that does not match its pattern for one that does: `If-Match: 0`.
      const covered = [...new Set([...expected, 400])];
      return [
        '[[operations]]',
        `include-operation-id = ${JSON.stringify(operation.operationId)}`,
        `checks.positive_data_acceptance.expected-statuses = ${JSON.stringify(expected)}`,
        `phases.coverage.checks.positive_data_acceptance.expected-statuses = ${JSON.stringify(covered)}`,
        '',
      ].join('\n');
    })
    .join('\n');
}
