// One operation holds the memory of a Buffer and gives it back.

/** @param {{ binding: object }} ctx whose binding is the arm's addon, or what its extensions make of it */
export function binding({ binding }) {
  const { hold } = binding;
  const buffer = Buffer.alloc(4096, 7);
  return { run: () => hold(buffer) };
}
