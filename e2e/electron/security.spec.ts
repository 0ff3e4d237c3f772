import { expect, test } from "../fixtures/desktop.ts";
import { cli } from "../fixtures/programs.ts";

test("the page has no Node, no way out and no more rights than it needs", async ({ desktop }) => {
  const { app, page } = await desktop.start();
  const warnings: string[] = [];
  page.on("console", (message) => /Electron Security Warning/.test(message.text()) && warnings.push(message.text()));

  await test.step("nothing of Node or of the preload is in reach", async () => {
    const reached = await page.evaluate(() => {
      const names = [
        "require",
        "process",
        "module",
        "Buffer",
        "global",
        "electron",
        "ipcRenderer",
        "almanac",
        "__dirname",
      ];
      return names.filter((name) => name in window);
    });
    expect(reached).toEqual([]);
    // A document without our scripts, but with our preload, has nothing that a bare frame lacks.
    const home = page.url();
    await page.goto(new URL("/assets/none.txt", home).href);
    const added = await page.evaluate(() => {
      const frame = document.createElement("iframe");
      document.body.append(frame);
      const bare = new Set(Object.getOwnPropertyNames(frame.contentWindow));
      frame.remove();
      return Object.getOwnPropertyNames(window).filter((name) => !bare.has(name));
    });
    expect(added.filter((name) => !/^(__playwright|__pw|\d+$)/.test(name))).toEqual([]);
    await page.goto(home);
  });

  await test.step("the window is sandboxed and isolated", async () => {
    const preferences = await app.evaluate(({ BrowserWindow }) => {
      const contents = BrowserWindow.getAllWindows()[0]?.webContents;
      return (
        contents as unknown as { getLastWebPreferences(): Record<string, unknown> } | undefined
      )?.getLastWebPreferences();
    });
    expect(preferences).toMatchObject({ sandbox: true, contextIsolation: true, nodeIntegration: false });
    expect(preferences?.["webviewTag"]).toBeFalsy();
  });

  await test.step("no text becomes code", async () => {
    const ran = await page.evaluate(async () => {
      const found: string[] = [];
      // What the driver calls directly is exempt from the policy; a task of the page's own is not.
      await new Promise((done) => setTimeout(done));
      try {
        new Function("return 1")();
        found.push("Function");
      } catch {}
      const inline = document.createElement("script");
      inline.textContent = "window.inlineRan = true";
      document.body.append(inline);
      if ("inlineRan" in window) found.push("inline script");
      const image = document.createElement("div");
      image.innerHTML = '<img src="data:," onerror="window.handlerRan = true">';
      document.body.append(image);
      await new Promise((done) => image.querySelector("img")?.addEventListener("error", done));
      if ("handlerRan" in window) found.push("inline handler");
      const reachedOut = await fetch("https://example.com").then(
        () => true,
        () => false,
      );
      if (reachedOut) found.push("fetch");
      return found;
    });
    expect(ran).toEqual([]);
  });

  await test.step("windows and pages elsewhere are refused, and only known links reach the person's browser", async () => {
    await app.evaluate(({ shell }) => {
      const opened: string[] = [];
      (globalThis as unknown as { opened: string[] }).opened = opened;
      shell.openExternal = async (url) => void opened.push(url);
    });
    const targets = [
      "https://example.com/",
      "file:///etc/passwd",
      "smb://host/share",
      "javascript:void 0",
      "ms-msdt:/id",
      "app://evil/",
      "https://www.iana.org/time-zones",
    ];
    const handles = await page.evaluate((urls) => urls.map((url) => window.open(url) !== null), targets);
    expect(handles).toEqual(targets.map(() => false));
    const opened = await app.evaluate(() => (globalThis as unknown as { opened: string[] }).opened);
    expect(opened).toEqual(["https://www.iana.org/time-zones"]);

    const before = page.url();
    for (const url of ["https://example.com/", "file:///etc/passwd", "app://evil/"]) {
      await page.evaluate((to) => location.assign(to), url);
    }
    await page.evaluate(() => new Promise(requestAnimationFrame));
    expect(page.url()).toBe(before);
    expect(await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1);
  });

  await test.step("permissions and webviews are denied", async () => {
    const granted = await page.evaluate(async () => {
      const names = [
        "geolocation",
        "notifications",
        "camera",
        "microphone",
        "midi",
        "clipboard-read",
      ] as PermissionName[];
      const states = await Promise.all(
        names.map((name) => navigator.permissions.query({ name }).catch(() => undefined)),
      );
      return states.filter((status) => status?.state === "granted").map((status) => status?.name);
    });
    expect(granted).toEqual([]);
    const asked = await page.evaluate(async () => ({
      notification: await Notification.requestPermission(),
      camera: await navigator.mediaDevices?.getUserMedia({ video: true }).then(
        () => "granted",
        () => "denied",
      ),
      place: await new Promise((done) =>
        navigator.geolocation.getCurrentPosition(
          () => done("granted"),
          () => done("denied"),
        ),
      ),
    }));
    expect(asked).toEqual({ notification: "denied", camera: "denied", place: "denied" });
    expect(await page.evaluate(() => "loadURL" in document.createElement("webview"))).toBe(false);
  });

  expect(warnings).toEqual([]);
});

test("a port from any other page is closed unread", async ({ desktop }) => {
  const { app } = await desktop.start();
  const refused = desktop.printed(/refused a port from data:/);
  const foreign = await app.evaluateHandle(async ({ BrowserWindow, app: program }) => {
    const preload = `${program.getAppPath()}/dist/preload/preload.cjs`;
    const window = new BrowserWindow({ show: false, webPreferences: { preload, sandbox: true } });
    await window.loadURL("data:text/html,<title>foreign</title>").catch(() => undefined);
    await window.webContents.executeJavaScript(`
      globalThis.answers = [];
      addEventListener("message", (event) => {
        const [port] = event.ports;
        if (port === undefined) return;
        port.onmessage = ({ data }) => answers.push(data);
        port.postMessage('{"id":1,"method":"query","params":{"path":"system.status"}}');
      });
      postMessage("almanac:connect", "*");
    `);
    return window;
  });
  await refused;
  expect(await foreign.evaluate((window) => window.webContents.executeJavaScript("answers"))).toEqual([]);
  await foreign.evaluate((window) => window.destroy());
});

test("a second start brings the first window up and ends", async ({ desktop }) => {
  const { app, page } = await desktop.start();
  await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.minimize());
  const code = await desktop.startAgain("almanac://runs", "--inspect=0", "--gpu-launcher=/bin/false");
  expect(code).toBe(0);
  await expect
    .poll(() => app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isMinimized()))
    .toBe(false);
  await expect(page).toHaveURL(/\/runs$/);

  await test.step("a link shows a page, and creates, starts or changes nothing", async () => {
    await desktop.startAgain("almanac://create?workflow=shell.command&input=%7B%7D");
    await desktop.startAgain("almanac://schedules/new", "--remote-debugging-port=0");
    await expect(page).toHaveURL(/\/schedules\/new$/);
    expect(await cli(desktop.dataDir, "schedules", "list")).toEqual({ schedules: [], total: 0 });
    expect(await cli(desktop.dataDir, "runs", "list")).toMatchObject({ runs: [] });
    expect(await app.evaluate(({ app: program }) => program.commandLine.hasSwitch("gpu-launcher"))).toBe(false);
  });
});
