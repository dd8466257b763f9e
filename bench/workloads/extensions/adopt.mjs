// One operation makes an ArrayBuffer of memory that native code has written.

/** @param {{ binding: object }} ctx whose binding is the arm's addon, or what its extensions make of it */
export function binding({ binding, params }) {
  const { adopt } = binding;
  return { run: () => adopt(params.length), value: (buffer) => [buffer.byteLength, new Uint8Array(buffer)[0]] };
}
