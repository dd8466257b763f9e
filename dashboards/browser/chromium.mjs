// Drives a Chromium over the DevTools protocol on a pipe: no package and no port.
import { spawn } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

const isExecutable = (path) => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** The browser named by CHROMIUM or found on the PATH; undefined without one. */
export function findChromium() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  const folders = (process.env.PATH ?? '').split(delimiter);
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

/** A running browser. */
export class Chromium {
  #child;
  #profile;
  #next = 1;
  #pending = new Map();
  #listeners = new Set();
  #exited;

  /** Starts the browser with an empty profile; rejects when it does not answer. */
  static async launch(binary = findChromium()) {
    const browser = new Chromium();
    browser.#profile = mkdtempSync(join(tmpdir(), 'report-browser-'));
    const flags = [
      '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage', '--hide-scrollbars', '--remote-debugging-pipe',
      `--user-data-dir=${browser.#profile}`, 'about:blank',
    ];
    const child = spawn(binary, flags, { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
    browser.#child = child;
    browser.#exited = new Promise((resolve) => child.once('close', resolve));
    child.once('error', (error) => browser.#fail(error));
    child.once('exit', (code, signal) => browser.#fail(new Error(`the browser ended (${code ?? signal})`)));
    child.stdio[3].on('error', () => {}); // Its end is told by 'exit'.
    let text = '';
    child.stdio[4].setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
      const messages = text.split('\0');
      text = messages.pop();
      for (const message of messages) browser.#receive(JSON.parse(message));
    });
    await browser.send('Browser.getVersion');
    return browser;
  }

  #fail(error) {
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }

  #receive(message) {
    const pending = this.#pending.get(message.id);
    if (!pending) {
      for (const listener of this.#listeners) listener(message);
      return;
    }
    this.#pending.delete(message.id);
    if (message.error) pending.reject(new Error(`${pending.method}: ${message.error.message}`));
    else pending.resolve(message.result);
  }

  /** One command; resolves with its result. */
  send(method, params = {}, sessionId = undefined) {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject, method });
      this.#child.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    });
  }

  /** Calls `listener` with every event until the returned function is called. */
  listen(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A new page of `width` × `height` CSS pixels in a profile of its own. */
  async page({ width = 1440, height = 1000, dark = false, scripts = true, media = '' } = {}) {
    const { browserContextId } = await this.send('Target.createBrowserContext');
    const { targetId } = await this.send('Target.createTarget', { url: 'about:blank', browserContextId });
    const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true });
    const page = new Page(this, sessionId);
    await page.start({ width, height, dark, scripts, media });
    return page;
  }

  /** Ends the browser and removes its profile. */
  async close() {
    await this.send('Browser.close').catch(() => this.#child.kill());
    await this.#exited;
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

/** One page. What it asked of the network and what it complained about are kept from its start. */
class Page {
  #browser;
  #session;
  /** URLs requested, the page's own included. */
  requests = [];
  /** Console errors, exceptions and violations of the page's policy. */
  complaints = [];

  constructor(browser, session) {
    this.#browser = browser;
    this.#session = session;
    browser.listen(({ method, params, sessionId }) => {
      if (sessionId !== session) return;
      if (method === 'Network.requestWillBeSent') this.requests.push(params.request.url);
      if (method === 'Log.entryAdded' && params.entry.level !== 'info') this.complaints.push(params.entry.text);
      if (method === 'Runtime.exceptionThrown') this.complaints.push(params.exceptionDetails.exception?.description ?? params.exceptionDetails.text);
      if (method === 'Runtime.consoleAPICalled' && params.type === 'error') this.complaints.push(JSON.stringify(params.args));
    });
  }

  send(method, params) {
    return this.#browser.send(method, params, this.#session);
  }

  async start({ width, height, dark, scripts, media }) {
    for (const domain of ['Page', 'Network', 'Log', 'Runtime', 'Accessibility']) await this.send(`${domain}.enable`);
    await this.send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false });
    await this.send('Emulation.setEmulatedMedia', { media, features: [{ name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }] });
    if (!scripts) await this.send('Emulation.setScriptExecutionDisabled', { value: true });
  }

  async #loaded(command, params) {
    const loaded = new Promise((resolve) => {
      const stop = this.#browser.listen(({ method, sessionId }) => {
        if (sessionId !== this.#session || method !== 'Page.loadEventFired') return;
        stop();
        resolve();
      });
    });
    const result = await this.send(command, params);
    if (result.errorText) throw new Error(`${params.url}: ${result.errorText}`);
    await loaded;
  }

  /** Opens `url` and waits for its load event. */
  open(url) {
    return this.#loaded('Page.navigate', { url });
  }

  /** Reloads the page as it is now. */
  reload() {
    return this.#loaded('Page.reload', {});
  }

  /** The value of an expression, or of a function called in the page with `argument`. */
  async evaluate(expression, argument) {
    const source = typeof expression === 'function' ? `(${expression})(${JSON.stringify(argument) ?? ''})` : expression;
    const { result, exceptionDetails } = await this.send('Runtime.evaluate', { expression: source, returnByValue: true, awaitPromise: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  /** Presses and releases a key, as `KeyboardEvent.key` names it. */
  async press(key) {
    const codes = { Tab: 9, Enter: 13, ' ': 32 };
    const text = { Enter: '\r', ' ': ' ' }[key];
    const event = { key, code: key === ' ' ? 'Space' : key, windowsVirtualKeyCode: codes[key], text };
    await this.send('Input.dispatchKeyEvent', { type: 'keyDown', ...event });
    await this.send('Input.dispatchKeyEvent', { type: 'keyUp', ...event });
  }

  /** The accessibility tree's nodes. */
  async accessibility() {
    return (await this.send('Accessibility.getFullAXTree')).nodes;
  }

  /** A PNG of what is visible. */
  async screenshot() {
    const { data } = await this.send('Page.captureScreenshot', { format: 'png' });
    return Buffer.from(data, 'base64');
  }
}
