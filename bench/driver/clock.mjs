/** The probe, and what one slice cost by it. */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const CLOCKS = 3;

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
    this.#width = CLOCKS + this.names.length;
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
    return {
      wall_ns: delta(0),
      cpu_process_ns: delta(1),
      cpu_thread_ns: delta(2),
      counters: Object.fromEntries(this.names.map((name, index) => [name, delta(CLOCKS + index)])),
    };
  }
}
