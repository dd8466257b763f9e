// One operation is one call with a text.

/** @param {{ binding: object }} ctx whose binding is the arm's addon, or what its extensions make of it */
export function binding({ binding }) {
  const { textEnds } = binding;
  const text = 'the quick brown fox jumps over the lazy dog, and rests for a while';
  return { run: () => textEnds(text) };
}
