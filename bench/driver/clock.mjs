/** The probe, and what one slice cost by it. */
import { createRequire } from 'node:module';
import { JobError } from './messages.mjs';

const require = createRequire(import.meta.url);
/** As clock_gettime(2) calls them, in the order in which the probe reads them. */
const CLOCKS = ['CLOCK_MONOTONIC', 'CLOCK_PROCESS_CPUTIME_ID', 'CLOCK_THREAD_CPUTIME_ID'];

/** Reads clocks and counters at both ends of a slice, in one crossing each. */
export class Clock {
  #probe;
  #counters;
  #values;
  #width;

  /** @param {string} path absolute path of the probe addon */
  constructor(path) {
    this.#probe = require(path);
    this.#counters = this.#probe.counters();
    this.names = this.#counters.filter((counter) => counter.supported).map((counter) => counter.name);
    this.#width = CLOCKS.length + this.names.length;
    this.#values = new BigUint64Array(2 * this.#width);
    this.#probe.pin(this.#values);
  }

  /** The addon, for code that is compiled around it. */
  get probe() {
    return this.#probe;
  }

  /** Where a slice's closing values go. */
  get endOffset() {
    return this.#width;
  }

  /** Every counter, supported or with the kernel's reason. */
  get counters() {
    return this.#counters;
  }

  /** What the last slice cost: `{ wall_ns, cpu_process_ns, cpu_thread_ns, counters }`. */
  lastSlice() {
    const delta = (index) => Number(this.#values[this.#width + index] - this.#values[index]);
    for (const [index, clock] of CLOCKS.entries()) {
      // Unsigned numbers would wrap around and pass for hundreds of years.
      if (this.#values[this.#width + index] < this.#values[index]) {
        throw new JobError(`${clock} went back by ${-delta(index)} ns during a slice: nothing that was measured with ` +
          'it can be trusted. Virtual machines do so while they are moved; measure again, on another machine if it stays');
      }
    }
    return {
      wall_ns: delta(0),
      cpu_process_ns: delta(1),
      cpu_thread_ns: delta(2),
      counters: Object.fromEntries(this.names.map((name, index) => [name, delta(CLOCKS.length + index)])),
    };
  }
}
