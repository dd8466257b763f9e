// One operation is one call.

/** @param {{ binding: object }} ctx whose binding is the arm's addon, or what its extensions make of it */
export function binding({ binding }) {
  const { noop } = binding;
  return { run: () => noop() === undefined };
}
