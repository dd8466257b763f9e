// One operation is one call of a method.

/** @param {{ binding: object }} ctx whose binding is the arm's addon, or what its extensions make of it */
export function binding({ binding }) {
  // Node-API defines the class when it is asked for.
  const Counter = binding.Counter ?? binding.counterClass();
  const counter = new Counter();
  let last = 0;
  return { run: () => ++last === counter.increment() };
}
