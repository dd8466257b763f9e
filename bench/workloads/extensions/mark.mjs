// One operation reads and writes a property that is out of sight.

/** @param {{ binding: object }} ctx whose binding is the arm's addon, or what its extensions make of it */
export function binding({ binding }) {
  const { mark } = binding;
  const object = { name: 'object' };
  let last = 0;
  return { run: () => ++last === mark(object) };
}
