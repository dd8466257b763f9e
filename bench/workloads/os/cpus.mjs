/** All CPUs: as many as the host says, of the model that it says, and with time to their name. */
import * as stock from 'node:os';

export function binding({ binding: os }) {
  const expected = stock.cpus();
  const { model } = expected[0];
  return {
    run() {
      const data = os.getCPUs();
      return data.length === 7 * expected.length && data[0] === model && data[5] > 0;
    },
  };
}

function publicApi({ module: os }) {
  const expected = stock.cpus();
  const { model } = expected[0];
  return {
    run() {
      const cpus = os.cpus();
      return cpus.length === expected.length && cpus[0].model === model && cpus[0].times.idle > 0;
    },
  };
}
export { publicApi as public };
