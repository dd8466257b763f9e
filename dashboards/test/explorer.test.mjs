// The gap explorer in a browser: it opens from disk, asks nothing of any network, runs no text of its data, and can be
// searched, ordered and walked by its links.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { Chromium, findChromium } from '../browser/chromium.mjs';

const ROOT = resolve(fileURLToPath(import.meta.url), '../../..');
const skip = findChromium() ? false : 'no Chromium was found: install one (on Debian: apt install chromium) or name its binary in CHROMIUM';

/** In the page: what the view shows. */
const shown = () => ({ heading: document.getElementById('heading').textContent, text: document.getElementById('view').innerText });
/** In the page: the first cells of a table's rows. */
const firsts = () => [...document.querySelectorAll('#view tbody tr')].map((row) => row.cells[0].innerText);
/** In the page: types into the search. */
const search = (text) => {
  const field = document.getElementById('find');
  field.value = text;
  field.dispatchEvent(new Event('input', { bubbles: true }));
};

describe('the gap explorer in a browser', { skip, timeout: 300_000 }, () => {
  let folder;
  let browser;
  let url;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'explorer-'));
    const { status, stdout, stderr } = spawnSync('cargo', ['run', '--quiet', '--package', 'dashboards', '--example', 'sample_explorer', '--', folder], { cwd: ROOT, encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    url = pathToFileURL(stdout.trim()).href;
    browser = await Chromium.launch();
  });

  after(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const open = async (fragment, view) => {
    const page = await browser.page(view);
    await page.open(url + fragment);
    return page;
  };

  it('asks nothing of any network, and runs no text of its data', async () => {
    for (const fragment of ['', '#map', '#map/bindings', '#matrix', '#bindings', '#gaps', '#gap/steam', '#symbols', '#files', '#classes', '#binding/pot', '#gap/none', '#%']) {
      const page = await open(fragment);
      assert.deepEqual(page.requests.filter((request) => !request.startsWith('file:')), [], fragment);
      assert.deepEqual(page.complaints, [], fragment);
    }
    const page = await open('#gap/steam');
    const { heading, text } = await page.evaluate(shown);
    assert.match(heading, /^Steam <img src=/);
    assert.match(text, /<\/script><script>alert\(2\)/);
  });

  it('leads from a binding to its gap, and from there to the call sites', async () => {
    const page = await open('#binding/pot');
    assert.match((await page.evaluate(shown)).text, /not found/);
    await page.evaluate(() => document.querySelector('#view a[href="#gap/heat"]').click());
    await page.evaluate(() => new Promise((done) => { setTimeout(done, 50); }));
    const { heading, text } = await page.evaluate(shown);
    assert.equal(heading, 'Heat');
    assert.match(text, /node::pot::Lid/);
    assert.equal(await page.evaluate(() => document.querySelector('#view a[rel=noreferrer]').href), 'https://github.com/nodejs/node/issues/1');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'heading');
  });

  it('shows on a gap what was measured, and what each thread upstream says', async () => {
    const page = await open('#gap/heat');
    const rows = await page.evaluate(() => [...document.querySelectorAll('#view table')][0].innerText);
    assert.match(rows, /extensions\/heat\s+node-api\s+9\.100\s+8\.900 – 9\.400/);
    assert.match(rows, /node-api\+ext\s+1\.200\s+1\.100 – 1\.300\s+6\.40 ns\s+7\.70 ns\s+98%\s+96% – 99%/);
    const { text } = await page.evaluate(shown);
    assert.match(text, /nodejs\/node#1: asks for a <b>stove<\/b>/);
    assert.match(text, /shims\/v8-gap\/table\/src\/stove\.rs/);
  });

  it('draws areas in proportion, and leads from each tile to its binding or gap', async () => {
    const page = await open('#map');
    const tiles = () => [...document.querySelectorAll('.treemap .tile')].map((tile) => {
      const { width, height } = tile.getBoundingClientRect();
      return { title: tile.title, to: tile.getAttribute('href'), red: tile.classList.contains('none'), area: width * height };
    });
    const [heat, steam] = (await page.evaluate(tiles)).sort((a, b) => b.area - a.area);
    assert.deepEqual([heat.to, heat.red, steam.to, steam.red], ['#binding/pot', false, '#binding/tea', true]);
    // 3 sites and 2, but for borders and headings.
    assert.ok(Math.abs(heat.area / steam.area - 1.5) < 0.15, `${heat.area} ${steam.area}`);
    await page.evaluate(() => document.querySelector('#view a[href="#map/bindings"]').click());
    await page.evaluate(() => new Promise((done) => { setTimeout(done, 50); }));
    assert.deepEqual((await page.evaluate(tiles)).map((tile) => tile.to).sort(), ['#gap/heat', '#gap/steam']);
  });

  it('searches, says how much it shows, and keeps the search in the address', async () => {
    const page = await open('#symbols');
    assert.deepEqual(await page.evaluate(firsts), ['v8::Heat::New', 'v8::Water::Boil']);
    await page.evaluate(search, 'boil equivalent');
    assert.deepEqual(await page.evaluate(firsts), ['v8::Water::Boil']);
    assert.equal(await page.evaluate(() => document.getElementById('shown').textContent), '1 of 2 rows');
    const again = await open(`#${(await page.evaluate(() => location.hash)).slice(1)}`);
    assert.deepEqual(await again.evaluate(firsts), ['v8::Water::Boil']);
  });

  it('orders a table by a column, and says so', async () => {
    const page = await open('#symbols');
    const press = () => [...document.querySelectorAll('#view thead button')].find((button) => button.textContent === 'Sites').click();
    await page.evaluate(press);
    assert.deepEqual(await page.evaluate(firsts), ['v8::Water::Boil', 'v8::Heat::New']);
    assert.equal(await page.evaluate(() => document.querySelector('#view [aria-sort]').getAttribute('aria-sort')), 'descending');
    await page.evaluate(press);
    assert.deepEqual(await page.evaluate(firsts), ['v8::Heat::New', 'v8::Water::Boil']);
  });

  it('shows in the matrix what blocks and what does not', async () => {
    const page = await open('#matrix');
    const cells = await page.evaluate(() => [...document.querySelectorAll('.matrix tbody td a')].map((link) => [link.parentElement.title, link.parentElement.classList.contains('blocks')]));
    assert.deepEqual(cells.map(([, blocks]) => blocks), [true, false]);
    assert.match(cells[0][0], /^tea: Steam .*2 sites, no way around$/);
  });

  it('says without scripts where its data is', async () => {
    const page = await open('', { scripts: false });
    assert.match(JSON.stringify(await page.accessibility()), /portlab coverage --json/);
  });
});
