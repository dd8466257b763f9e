/** Order that a seed repeats. */

/**
 * mulberry32: 32 bits of state are plenty for the order of a few arms.
 * @param {number} seed
 * @returns {() => number} uniform in [0, 1)
 */
export function generator(seed) {
  // Fold the bits above 32 in: seeds differ in all 53.
  let state = (seed ^ Math.floor(seed / 2 ** 32)) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Fisher-Yates on a copy.
 * @template T
 * @param {T[]} items
 * @param {() => number} random
 * @returns {T[]}
 */
export function shuffled(items, random) {
  const out = [...items];
  for (let last = out.length - 1; last > 0; last--) {
    const pick = Math.floor(random() * (last + 1));
    [out[last], out[pick]] = [out[pick], out[last]];
  }
  return out;
}
