// Lists of functions that no test of generated cases may leave out unnoticed.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import test from 'node:test';

/**
 * A function that another file tests.
 * @param {string} file Beside this one.
 * @param {string} [through] What that file calls it by, where it does not name it: a function of fs that ends in it.
 */
export const testedIn = (file, through) => ({ file, through });
/** A function that no file needs to test, and why. */
export const untested = (reason) => ({ reason });

/**
 * Tests that each function is generated here, tested in another file, or not to be tested, and that those files are
 * there and name it.
 * @param {string[]} all
 * @param {Iterable<string>} generated
 * @param {Record<string, ReturnType<typeof testedIn> | ReturnType<typeof untested>>} [others]
 */
export function complete(all, generated, others = {}) {
  const here = new Set(generated);
  test('no function is left out', () => {
    assert.deepEqual(all.filter((name) => !here.has(name) && !Object.hasOwn(others, name)), [], 'neither generated nor in the list');
    assert.deepEqual(Object.keys(others).filter((name) => here.has(name)), [], 'in the list, but generated');
  });
  for (const [name, { file, through }] of Object.entries(others)) {
    if (file === undefined) continue;
    test(`${name} is tested in ${file}`, () => {
      const text = fs.readFileSync(new URL(file, import.meta.url), 'utf8');
      if (through === undefined) assert.match(text, new RegExp(`\\b${name}\\b`), `${file} does not name it`);
    });
  }
}
