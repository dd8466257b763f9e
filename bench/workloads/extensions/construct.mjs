// One operation makes one instance.

/** @param {{ binding: object }} ctx whose binding is the arm's addon, or what its extensions make of it */
export function binding({ binding }) {
  const Counter = binding.Counter ?? binding.counterClass();
  return { run: () => new Counter() instanceof Counter };
}
