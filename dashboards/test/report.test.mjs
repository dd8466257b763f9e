// The report in a browser: it opens from disk, asks nothing of any network, and can be read, ordered and
// filtered with a keyboard, in the light and in the dark.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { Chromium, findChromium } from '../browser/chromium.mjs';

const ROOT = resolve(fileURLToPath(import.meta.url), '../../..');
const binary = findChromium();
const skip = binary ? false : 'no Chromium was found: install one (on Debian: apt install chromium) or name its binary in CHROMIUM';

/** Writes a sample report and returns its file: URL. */
function draw(folder, ...flags) {
  const arguments_ = ['run', '--quiet', '--package', 'dashboards', '--example', 'sample_report', '--', ...flags, folder];
  const { status, stdout, stderr } = spawnSync('cargo', arguments_, { cwd: ROOT, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return pathToFileURL(stdout.trim()).href;
}

/** In the page: the benchmarks and hosts of the rows that are seen. */
const visibleRows = () => [...document.querySelectorAll('#table tbody tr')]
  .filter((row) => row.getClientRects().length > 0)
  .map((row) => `${row.cells[0].innerText} ${row.cells[1].innerText} ${row.cells[2].innerText}`);

/** In the page: sets a control as a person would. */
const setControl = ({ id, value }) => {
  const control = document.getElementById(id);
  if (control.type === 'checkbox') control.checked = value;
  else control.value = value;
  control.dispatchEvent(new Event('input', { bubbles: true }));
};

/** In the page: the least contrast of each kind of text with what lies behind it (WCAG 2). */
const contrasts = () => {
  const channels = (colour) => colour.match(/[\d.]+/g).map(Number);
  const luminance = ([red, green, blue]) => {
    const linear = [red, green, blue].map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = channels(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const least = {};
  for (const fold of document.querySelectorAll('details')) fold.open = true;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (node.data.trim() === '' || element.closest('script, .hidden, title, desc') || element.getClientRects().length === 0) continue;
    const style = getComputedStyle(element);
    const [ink, ground] = [luminance(channels(element.closest('svg') ? style.fill : style.color)), luminance(behind(element))];
    const contrast = (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05);
    const kind = `${element.tagName.toLowerCase()}.${element.getAttribute('class') ?? ''}`;
    least[kind] = Math.min(least[kind] ?? Infinity, contrast);
  }
  return least;
};

describe('the report in a browser', { skip, timeout: 300_000 }, () => {
  let folder;
  let browser;
  let url;
  let plain;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'report-'));
    url = draw(join(folder, 'full'));
    plain = draw(join(folder, 'plain'), '--plain');
    browser = await Chromium.launch(binary);
  });

  after(async () => {
    await browser?.close();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  const open = async (where, view) => {
    const page = await browser.page(view);
    await page.open(where);
    return page;
  };

  it('opens from disk, asks for nothing else and complains of nothing', async () => {
    const page = await open(url);
    await page.evaluate(() => { for (const fold of document.querySelectorAll('details')) fold.open = true; });
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    assert.deepEqual(page.requests, [url]);
    assert.deepEqual(page.complaints, []);
  });

  it('has a policy that stops what it does not bring along', async () => {
    const page = await open(url);
    await page.evaluate(() => {
      document.body.append(Object.assign(new Image(), { src: 'http://127.0.0.1:9/probe.png' }));
      document.body.append(Object.assign(document.createElement('script'), { textContent: 'window.injected = true' }));
    });
    assert.equal(await page.evaluate('window.injected'), undefined);
    assert.ok(page.complaints.some((text) => text.includes('Content Security Policy')), page.complaints.join('\n'));
  });

  it('shows hostile texts as texts', async () => {
    const page = await open(plain);
    assert.deepEqual(page.complaints, []);
    assert.deepEqual(page.requests, [plain]);
    assert.equal(await page.evaluate('document.images.length'), 0);
    assert.match(await page.evaluate('document.querySelector("h1").textContent'), /^x: node-api against native$/);
    assert.match(await page.evaluate('document.body.innerText'), /This run was interrupted/);
  });

  it('tells the answer before the table', async () => {
    const page = await open(url);
    const head = await page.evaluate('document.querySelector("header").innerText.replace(/\\s+/g, " ")');
    assert.match(head, /fs and os: node-api against native/);
    assert.match(head, /4 ▲ regressed 1 ✕ failed 6 \? inconclusive 28 = ok 79 ▼ improved/);
    assert.match(head, /fs\/rename binding cpu_process node26 1\.077/);
  });

  it('filters by text, host, level and verdict', async () => {
    const page = await open(url);
    const all = await page.evaluate(visibleRows);
    assert.equal(all.length, 64);
    await page.evaluate(setControl, { id: 'filter-host', value: 'node24' });
    await page.evaluate(setControl, { id: 'filter-verdict', value: 'regressed' });
    assert.deepEqual(await page.evaluate(visibleRows), ['fs/rename node24 cpu_process']);
    await page.evaluate(setControl, { id: 'filter-verdict', value: '' });
    await page.evaluate(setControl, { id: 'filter-text', value: 'READ-file c16' });
    assert.deepEqual(await page.evaluate(visibleRows), [
      'fs/promises-read-file-1k-c16 node24 cpu_process',
      'fs/promises-read-file-1k-c16 node24 wall',
    ]);
    assert.equal(await page.evaluate('document.getElementById("shown").textContent'), '2 of 64 rows');
    await page.evaluate('document.getElementById("reset").click()');
    await page.evaluate(setControl, { id: 'filter-level', value: 'binding' });
    const levels = await page.evaluate(() => ['binding', 'public'].map((level) => document.querySelector(`#table td.${level}`).getClientRects().length));
    assert.deepEqual(levels, [1, 0]);
    // os/hostname and the further variant have no binding level.
    assert.equal((await page.evaluate(visibleRows)).length, 58);
  });

  it('filters the metrics that do not decide as it filters the others', async () => {
    const page = await open(url);
    await page.evaluate(setControl, { id: 'filter-text', value: 'promises-stat-c1 node26' });
    await page.evaluate(setControl, { id: 'all-metrics', value: true });
    const rows = await page.evaluate(visibleRows);
    assert.equal(rows.length, 16);
    assert.ok(rows.every((row) => row.startsWith('fs/promises-stat-c1')), rows.join('\n'));
  });

  it('keeps its filters in the URL, through a reload and for another reader', async () => {
    const page = await open(url);
    await page.evaluate(setControl, { id: 'order', value: 'concern' });
    await page.evaluate(setControl, { id: 'filter-verdict', value: 'attention' });
    await page.evaluate(setControl, { id: 'filter-level', value: 'public' });
    const rows = await page.evaluate(visibleRows);
    assert.match(rows[0], /^fs\/rename/);
    assert.match(rows.at(-1), /^fs\/unlink/);
    await page.reload();
    assert.deepEqual(await page.evaluate(visibleRows), rows);
    const reader = await open(await page.evaluate('location.href'));
    assert.deepEqual(await reader.evaluate(visibleRows), rows);
    assert.equal(await reader.evaluate('document.getElementById("filter-verdict").value'), 'attention');
  });

  it('orders by a column with the keyboard alone, and keeps that too', async () => {
    const page = await open(url);
    const header = '[...document.querySelectorAll("#table thead th.binding")].find((cell) => cell.textContent === "Ratio")';
    await page.evaluate(`${header}.querySelector("button").focus()`);
    const ratios = () => page.evaluate(() => [...document.querySelectorAll('#table tbody tr')]
      .filter((row) => row.getClientRects().length > 0)
      .map((row) => row.querySelectorAll('td.binding')[1]?.dataset.key)
      .filter(Boolean).map(Number));
    await page.press('Enter');
    const up = await ratios();
    assert.deepEqual(up, up.toSorted((a, b) => a - b));
    assert.equal(await page.evaluate(`${header}.getAttribute("aria-sort")`), 'ascending');
    await page.press(' ');
    assert.deepEqual(await ratios(), up.toReversed());
    await page.reload();
    assert.equal(await page.evaluate(`${header}.getAttribute("aria-sort")`), 'descending');
    assert.deepEqual(await ratios(), up.toReversed());
  });

  it('goes from a row to its details and keeps the filters', async () => {
    const page = await open(`${url}#host=node26`);
    await page.evaluate('document.querySelector(\'#table a[href="#b-fs-unlink"]\').click()');
    await page.evaluate(() => new Promise((done) => setTimeout(done, 50)));
    assert.equal(await page.evaluate('document.getElementById("b-fs-unlink").closest("details").open'), true);
    assert.equal(await page.evaluate('document.activeElement.id'), 'b-fs-unlink');
    assert.equal(await page.evaluate('location.hash'), '#host=node26&at=b-fs-unlink');
    const top = await page.evaluate('document.getElementById("b-fs-unlink").getBoundingClientRect().top');
    assert.ok(top >= 0 && top < 1000, `the heading is at ${top}`);
  });

  it('gives everything without scripts', async () => {
    const page = await open(url, { scripts: false });
    // What the page itself may not run, the protocol still may.
    assert.equal(await page.evaluate('document.documentElement.classList.contains("scripts")'), false);
    assert.equal((await page.evaluate(visibleRows)).length, 64);
    assert.equal(await page.evaluate('document.getElementById("filter-text").getClientRects().length'), 0);
    await page.evaluate('document.getElementById("all-metrics").checked = true');
    assert.equal((await page.evaluate(visibleRows)).length, 254);
  });

  for (const dark of [false, true]) {
    it(`has enough contrast in the ${dark ? 'dark' : 'light'}`, async () => {
      const page = await open(url, { dark });
      const least = await page.evaluate(contrasts);
      const kinds = Object.keys(least);
      for (const kind of ['p.lead', 'span.verdict regressed', 'text.', 'td.interval']) {
        assert.ok(kinds.some((other) => other.includes(kind) || (kind === 'td.interval' && other.endsWith('interval'))), `${kind} was not measured among ${kinds}`);
      }
      const poor = Object.entries(least).filter(([, contrast]) => contrast < 4.5);
      assert.deepEqual(poor, []);
      const ground = await page.evaluate('getComputedStyle(document.body).backgroundColor');
      assert.equal(ground, dark ? 'rgb(20, 23, 27)' : 'rgb(255, 255, 255)');
    });
  }

  it('is a page to a screen reader', async () => {
    const page = await open(url);
    const nodes = await page.accessibility();
    const roles = (role) => nodes.filter((node) => !node.ignored && node.role?.value === role);
    for (const role of ['banner', 'main', 'contentinfo', 'navigation', 'search', 'status']) {
      assert.equal(roles(role).length, 1, `one ${role}`);
    }
    assert.equal(await page.evaluate('document.documentElement.lang'), 'en');
    const levels = await page.evaluate(() => [...document.querySelectorAll('h1, h2, h3, h4')].map((heading) => Number(heading.tagName[1])));
    assert.equal(levels.filter((level) => level === 1).length, 1);
    assert.ok(levels.every((level, index) => index === 0 || level <= levels[index - 1] + 1), 'no level of heading is left out');
    const unnamed = roles('image').filter((node) => !node.name?.value);
    assert.equal(unnamed.length, 0, 'every picture has a name');
    assert.ok(roles('image').length >= 2);
    const bare = await page.evaluate(() => [...document.querySelectorAll('table')].filter((table) => !table.caption || table.querySelector('th:not([scope])')).length);
    assert.equal(bare, 0, 'every table has a caption and every header a scope');
    const figures = await page.evaluate(() => [...document.querySelectorAll('svg:not([aria-hidden])')].filter((svg) => !svg.querySelector('title') || !svg.querySelector('desc')).length);
    assert.equal(figures, 0, 'every figure is described');
    const unlabelled = await page.evaluate(() => [...document.querySelectorAll('input, select')].filter((control) => control.labels.length === 0).length);
    assert.equal(unlabelled, 0, 'every control has a label');
    const cell = await page.evaluate('document.querySelector("#table td .verdict").textContent');
    assert.match(cell, /improved/);
  });

  it('lets the keyboard skip to the comparisons and shows where it is', async () => {
    const page = await open(url);
    await page.press('Tab');
    const first = await page.evaluate(() => {
      const { left } = document.activeElement.getBoundingClientRect();
      return { text: document.activeElement.textContent, left, outline: getComputedStyle(document.activeElement).outlineStyle };
    });
    assert.equal(first.text, 'Skip to the comparisons');
    assert.ok(first.left >= 0, 'it is seen when focused');
    assert.equal(first.outline, 'solid');
    await page.press('Enter');
    await page.evaluate(() => new Promise((done) => setTimeout(done, 50)));
    assert.equal(await page.evaluate('document.activeElement.id'), 'comparisons');
  });

  it('scrolls wide things inside themselves on a narrow screen', async () => {
    for (const width of [360, 800]) {
      const page = await open(url, { width, height: 800 });
      await page.evaluate(() => { for (const fold of document.querySelectorAll('details')) fold.open = true; });
      const [content, seen] = await page.evaluate('[document.documentElement.scrollWidth, document.documentElement.clientWidth]');
      assert.ok(content <= seen, `the page is ${content} wide in a window of ${seen}`);
    }
  });
});
