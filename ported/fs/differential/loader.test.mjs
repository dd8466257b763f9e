// What the module loader asks of the binding.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { scratch, sync, worlds } from './world.mjs';

function same(name, ...values) {
  const [native, port] = ['native', 'port'].map((world) => sync(() => worlds[world].binding[name](...values)));
  assert.deepEqual(port, native, `${name}(${values.map(String)})`);
  return port;
}

test('getFormatOfExtensionlessFile tells WebAssembly', (t) => {
  const file = path.join(scratch(t), 'file');
  const formats = ['\0asm\x01\0\0\0', '\0asn', '#!/usr/bin/env node', '\0asm'].map((content) => {
    fs.writeFileSync(file, content);
    return same('getFormatOfExtensionlessFile', file).returned;
  });
  assert.deepEqual(formats, [1, 0, 0, 1]);
  for (const other of [path.dirname(file), `${file}/below`, '/no/such', '']) same('getFormatOfExtensionlessFile', other);
});

test('legacyMainResolve finds the file, or says what it missed', (t) => {
  const folder = `${scratch(t)}/`;
  const mains = ['main', './main', 'dir', 'dir/', '../up', '', '.', undefined, null, 5, 'ünï', 'a\uD800b', '/absolute', 'main\0cut'];
  const files = ['index.node', 'index.json', 'index.js', 'main/', 'main.node', 'main.json', 'main.js', 'dir/', 'dir/index.json', 'dir/index.js', 'ünï.js'];
  const base = 'file:///some/%C3%A9%20importer%ff.mjs';
  const found = new Set();
  for (const added of [undefined, ...files]) {
    if (added?.endsWith('/')) fs.mkdirSync(folder + added);
    else if (added) fs.writeFileSync(folder + added, '');
    for (const main of mains) found.add(same('legacyMainResolve', folder, main, base).returned);
  }
  assert.ok(found.size > 7, 'most of the list was seen');
  same('legacyMainResolve', 'relative', 'main', base);
});

test('legacyMainResolve and its base', () => {
  for (const base of [undefined, null, 5, {}, 'no url', 'http://x/y', 'file:///a%2fb', 'file:///a%2Fb', 'file:///a%00b', 'file:a', 'data:,x', 'file:///é\uD800']) {
    for (const main of ['main', undefined, 'x\uD800']) same('legacyMainResolve', '/no/such/', main, base);
  }
});

test('their errors begin at the caller', () => {
  const frames = Object.values(worlds).map(({ binding }) => {
    try {
      return binding.legacyMainResolve('/no/such/', 'main', 'file:///x');
    } catch (error) {
      return error.stack.split('\n').slice(0, 2).join('\n');
    }
  });
  assert.equal(frames[1], frames[0]);
});
