/** How values and errors look on the wire. */

/** The descriptor on which the runner reads. */
export const MESSAGE_FD = 3;

/** An error that a person can act on: its text is enough, a stack would add nothing. */
export class JobError extends Error {
  name = 'JobError';
}

/**
 * The text of a Failed message.
 * @param {unknown} error
 * @returns {string}
 */
export function describe(error) {
  if (error instanceof JobError) {
    return error.cause === undefined ? error.message : `${error.message}\n${describe(error.cause)}`;
  }
  // Native errors of fs carry their code only in the message; the stack begins with it.
  return error instanceof Error ? String(error.stack ?? error) : `a thrown ${typeof error}: ${String(error)}`;
}

/**
 * A value as JSON can carry it, so that a rejection can show what came instead of what was expected.
 * @param {unknown} value
 * @returns {unknown}
 */
export function presentable(value) {
  if (typeof value === 'string' && value.length > 200) {
    return `${value.slice(0, 200)}… (${value.length} characters)`;
  }
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (Array.isArray(value)) return value.slice(0, 20).map(presentable);
  if (typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.fromEntries(Object.entries(value).slice(0, 20).map(([key, item]) => [key, presentable(item)]));
  }
  return `${typeof value}: ${String(value)}`;
}
