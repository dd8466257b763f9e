// One operation is one call with three small integers.

/** @param {{ binding: object }} ctx whose binding is the arm's addon, or what its extensions make of it */
export function binding({ binding }) {
  const { add } = binding;
  return { run: (i) => add(i & 1, 3, 6) - (i & 1) };
}
