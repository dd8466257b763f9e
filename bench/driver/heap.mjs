/**
 * Whose garbage is collected when. A slice inherits the young generation that the slices before it filled, and
 * pays for collecting it; so the driver empties it before every slice, outside the timed part. On the rows
 * that were tried this halves the spread between rounds and leaves their times alone.
 *
 * It does not collect the old generation: that also throws away optimised code and feedback, after which
 * statSync runs at half its speed for the next slice. Only bodies whose operations leave megabytes behind ask
 * for it, with `before: ctx.collect`: what it throws away is small against such operations, while without it
 * one arm's slices pay for another's strings (spread between processes .21 against .03 for reading 1 MiB).
 */
import v8 from 'node:v8';
import vm from 'node:vm';

// At run time rather than on the command line, so that the host starts as users start it.
v8.setFlagsFromString('--expose-gc');
const gc = vm.runInNewContext('gc');

/** Empties the young generation. */
export function scavenge() {
  gc({ type: 'minor' });
}

/** Collects everything. */
export function collect() {
  gc();
}
