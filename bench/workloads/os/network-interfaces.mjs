/** All addresses: as many as the host says, the first one with the same name and address. */
import * as stock from 'node:os';

function flat() {
  return Object.entries(stock.networkInterfaces()).flatMap(([name, list]) => list.map((entry) => ({ name, ...entry })));
}

export function binding({ binding: os }) {
  const expected = flat();
  // A machine without a single running interface has nothing to compare but the length.
  const { name, address } = expected[0] ?? {};
  const ctx = {};
  return {
    run() {
      const data = os.getInterfaceAddresses(ctx);
      return data.length === 7 * expected.length && data[0] === name && data[1] === address;
    },
  };
}

function publicApi({ module: os }) {
  const names = Object.keys(stock.networkInterfaces());
  const address = stock.networkInterfaces()[names[0]]?.[0].address;
  return {
    run() {
      const interfaces = os.networkInterfaces();
      const found = Object.keys(interfaces);
      return found.length === names.length && interfaces[names[0]]?.[0].address === address;
    },
  };
}
export { publicApi as public };
