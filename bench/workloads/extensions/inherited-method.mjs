// One operation is one call of a method that an instance's class inherits.

/** @param {{ binding: object }} ctx whose binding is the arm's addon, or what its extensions make of it */
export function binding({ binding }) {
  // Node-API has no native parent: JavaScript extends the class.
  const Child = binding.Child ?? class Child extends binding.counterClass() {};
  const counter = new Child();
  let last = 0;
  return { run: () => ++last === counter.increment() };
}
