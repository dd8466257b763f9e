/** The load averages: each is written, and none is negative. */

export function binding({ binding: os }) {
  const loads = new Float64Array(3);
  return {
    run() {
      loads.fill(-1);
      os.getLoadAvg(loads);
      return loads[0] >= 0 && loads[1] >= 0 && loads[2] >= 0;
    },
  };
}

function publicApi({ module: os }) {
  return {
    run() {
      const loads = os.loadavg();
      return loads[0] >= 0 && loads[1] >= 0 && loads[2] >= 0;
    },
  };
}
export { publicApi as public };
