// What two runs of the same call may differ in.

/** Names that mkdtemp makes up: their six characters, wherever they stand. */
function madeUp(outcome) {
  // In the only line of the tree with a name that the furniture does not have, or in the error.
  const [, made] = /^\.\/.*([A-Za-z0-9]{6}) 40700 /m.exec(outcome.tree.join('\n')) ?? /mkdtemp '[^']*([A-Za-z0-9]{6})'/.exec(JSON.stringify(outcome.happened)) ?? [];
  if (made === undefined) return outcome;
  const hidden = (value, isResult) => {
    if (typeof value === 'string') return isResult && !value.includes(made) ? { length: value.length } : value.replaceAll(made, 'XXXXXX');
    if (Array.isArray(value)) return value.map((entry) => hidden(entry, isResult));
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, hidden(entry, isResult)]));
  };
  const { happened, tree, ...others } = outcome;
  return {
    ...hidden(others, false),
    // What it returns may be in an encoding that is no text.
    happened: happened.map(([what, ...values]) => [what, hidden(values, true)]),
    tree: hidden(tree, false).sort(),
  };
}

/** By function, for `compare`. */
export const masks = { mkdtemp: madeUp, mkdtempDisposable: madeUp };
