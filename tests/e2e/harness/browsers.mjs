// Chromium and Firefox with a profile on disk, through their own drivers: nothing is ever downloaded.
import { homedir } from 'node:os';
import { join } from 'node:path';

import { Builder, Capabilities } from 'selenium-webdriver';

import { discard, gone, killAll, lineOf, scratch, start, tree } from './processes.mjs';

/** The browsers that tests run in: `BROWSERS=chromium,firefox` by default. */
export const BROWSERS = (process.env.BROWSERS ?? 'chromium,firefox').split(',').filter(Boolean);

/** Is this browser among those that were asked for? For the tests that only one browser can run. */
export const asked = (name) => BROWSERS.includes(name);

/** The Makefile's PATH, also for who runs the tests by hand. */
const TOOLS = process.env.BARROW_TOOLS ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'barrow-tools');
const PATH = `${process.env.PATH}:${join(TOOLS, 'bin')}`;

const CHROMIUM_FLAGS = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--window-size=1280,800',
];

const FIREFOX_PREFS = {
  'app.normandy.enabled': false,
  'app.update.enabled': false,
  'browser.safebrowsing.malware.enabled': false,
  'browser.safebrowsing.phishing.enabled': false,
  'browser.search.update': false,
  'browser.sessionstore.resume_from_crash': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'dom.push.connection.enabled': false,
  'extensions.update.enabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'services.settings.server': 'data:,#remote-settings-dummy/v1',
  'toolkit.startup.max_resumed_crashes': -1,
  'toolkit.telemetry.enabled': false,
};

export class Browser {
  /** Opens one with an empty profile of its own, which is removed with the test. */
  static async open(t, name, options = {}) {
    const browser = new Browser();
    browser.name = name;
    browser.options = options;
    browser.profile = options.profile ?? scratch(`profile-${name}`);
    t.after(async () => {
      await browser.kill();
      discard(browser.profile);
    });
    await browser.launch();
    return browser;
  }

  /** Starts the browser (again) on the same profile. */
  async launch() {
    const chromium = this.name === 'chromium';
    const [command, args] = chromium ? ['chromedriver', ['--port=0']] : ['geckodriver', ['--port', '0', '--websocket-port', '0']];
    const port = await this.#startDriver(command, args);
    const capabilities = new Capabilities(chromium ? this.#chromium() : this.#firefox());
    capabilities.set('unhandledPromptBehavior', 'accept');
    this.driver = await new Builder()
      .disableEnvironmentOverrides()
      .usingServer(`http://127.0.0.1:${port}`)
      .withCapabilities(capabilities)
      .build();
    await this.driver.manage().setTimeouts({ script: 30_000, pageLoad: 30_000, implicit: 0 });
  }

  /** Gives the driver's port. Two drivers that start at once may be given the same free one: then again. */
  async #startDriver(command, args, triesLeft = 5) {
    this.process = start(command, args, { env: { ...process.env, PATH } });
    try {
      return await lineOf(this.process, (line) => /(?:successfully on port |Listening on 127\.0\.0\.1:)(\d+)/.exec(line)?.[1], command);
    } catch (error) {
      if (triesLeft === 0 || !/in use/.test(error.message)) throw error;
      return this.#startDriver(command, args, triesLeft - 1);
    }
  }

  #chromium() {
    const { incognito, flags = [] } = this.options;
    const private_ = incognito ? ['--incognito'] : [];
    return {
      browserName: 'chrome',
      'goog:chromeOptions': {
        binary: process.env.CHROMIUM ?? '/usr/bin/chromium',
        args: [...CHROMIUM_FLAGS, `--user-data-dir=${this.profile}`, ...private_, ...flags],
      },
      'goog:loggingPrefs': { browser: 'ALL' },
    };
  }

  #firefox() {
    const prefs = { ...FIREFOX_PREFS };
    if (this.options.incognito) prefs['browser.privatebrowsing.autostart'] = true;
    return {
      browserName: 'firefox',
      'moz:firefoxOptions': {
        binary: process.env.FIREFOX ?? '/usr/bin/firefox-esr',
        args: ['-headless', '-profile', this.profile, '--width=1280', '--height=800'],
        prefs,
      },
    };
  }

  /** Closes it as a person does: everything may be written before it ends. */
  async close() {
    const child = this.process;
    if (!child) return;
    const pids = tree(child.pid);
    await this.driver.quit().catch(() => {});
    this.driver = undefined;
    await gone(pids.filter((pid) => pid !== child.pid)).catch(() => killAll(pids));
    this.process = undefined;
    child.kill('SIGKILL');
    await child.ended;
  }

  /** Closes it and opens it again on the same profile. */
  async restart() {
    await this.close();
    await this.launch();
  }

  /** Closes the page; the browser stays, with an empty one. */
  async closePage() {
    const page = await this.driver.getWindowHandle();
    await this.driver.switchTo().newWindow('tab');
    const blank = await this.driver.getWindowHandle();
    await this.driver.switchTo().window(page);
    await this.driver.close();
    await this.driver.switchTo().window(blank);
  }

  /** The ids of the driver, the browser and all of its helpers. */
  pids() {
    return this.process ? tree(this.process.pid) : [];
  }

  /** SIGKILL to the driver, the browser and all of its helpers: as if the power went. */
  async kill(pids = this.pids()) {
    const child = this.process;
    if (!child) return;
    killAll(pids);
    this.process = undefined;
    this.driver = undefined;
    await gone(pids);
    await child.ended;
  }

  /** What the page wrote to the console since the last look (Chromium). */
  async console() {
    return this.driver.manage().logs().get('browser');
  }
}
