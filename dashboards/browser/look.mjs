// Takes pictures of a report, for people: node dashboards/browser/look.mjs REPORT.html FOLDER
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { Chromium, findChromium } from './chromium.mjs';

const [report, folder] = process.argv.slice(2);
if (!folder || !findChromium()) {
  console.error('usage: look.mjs REPORT.html FOLDER (with chromium on the PATH or in CHROMIUM)');
  process.exit(2);
}
const url = pathToFileURL(resolve(report)).href;
const pictures = [
  { name: 'light', fragment: '' },
  { name: 'dark', fragment: '', dark: true },
  { name: 'narrow', fragment: '', width: 420, height: 1400 },
  { name: 'forest', fragment: '#forest', height: 1500 },
  { name: 'forest-dark', fragment: '#forest', height: 1500, dark: true },
  { name: 'details', fragment: '#at=b-fs-promises-stat-c16', height: 1500 },
  { name: 'details-dark', fragment: '#at=b-fs-stat', height: 1500, dark: true },
  { name: 'filtered', fragment: '#verdict=attention&level=binding&order=concern' },
  { name: 'metrics', fragment: '#metrics=all&q=promises-stat' },
  { name: 'foot', fragment: '#controls', height: 1300 },
  { name: 'print', fragment: '', media: 'print', width: 1000 },
  { name: 'without-scripts', fragment: '', scripts: false },
];
mkdirSync(folder, { recursive: true });
const browser = await Chromium.launch();
try {
  for (const { name, fragment, ...view } of pictures) {
    const page = await browser.page(view);
    await page.open(url + fragment);
    writeFileSync(join(folder, `${name}.png`), await page.screenshot());
    for (const complaint of page.complaints) console.error(`${name}: ${complaint}`);
  }
} finally {
  await browser.close();
}
