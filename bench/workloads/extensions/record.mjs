// One operation makes one object.

/** @param {{ binding: object }} ctx whose binding is the arm's addon, or what its extensions make of it */
export function binding({ binding }) {
  const { record } = binding;
  return { run: (i) => record(i & 1).size - (i & 1) };
}
