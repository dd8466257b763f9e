// One operation is one call with a path.

/** @param {{ binding: object }} ctx whose binding is the arm's addon, or what its extensions make of it */
export function binding({ binding }) {
  const { pathEnds } = binding;
  const path = '/usr/lib/node/x.js';
  return { run: () => pathEnds(path) };
}
