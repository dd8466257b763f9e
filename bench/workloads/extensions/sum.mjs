// One operation reads one array.

/** @param {{ binding: object }} ctx whose binding is the arm's addon, or what its extensions make of it */
export function binding({ binding }) {
  const { sum } = binding;
  const numbers = Array.from({ length: 14 }, (_, index) => index + 0.5);
  return { run: () => sum(numbers) };
}
