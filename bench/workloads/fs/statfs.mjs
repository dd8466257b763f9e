/** statfs of the arm's folder. */
const BLOCK_SIZE = 1;

export function binding({ binding: fs, stock, armDir }) {
  const { bsize } = stock.statfsSync(armDir);
  return { run: () => fs.statfs(armDir, false), value: (found) => found[BLOCK_SIZE] === bsize };
}

function publicApi({ module: fs, stock, armDir }) {
  const { bsize } = stock.statfsSync(armDir);
  return { run: () => fs.statfsSync(armDir), value: (found) => found.bsize === bsize };
}
export { publicApi as public };
