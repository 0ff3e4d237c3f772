import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import { expect, test } from "../fixtures/desktop.ts";

test("no link blanks the window or leads it elsewhere, whoever wrote it", async ({ desktop }) => {
  const { app, page } = await desktop.start();
  await page.getByRole("link", { name: "Runs" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Runs");
  // By the window itself: the driver waits for ever for a navigation that was stopped.
  const inPage = <T>(script: string): Promise<T> =>
    app.evaluate(
      ({ BrowserWindow }, text) => BrowserWindow.getAllWindows()[0]?.webContents.executeJavaScript(text),
      script,
    );
  // A document that is left answers nothing any more: then it is known by what has loaded in its place.
  const act = (script: string): Promise<unknown> =>
    app
      .evaluate(({ BrowserWindow }, text) => {
        const contents = BrowserWindow.getAllWindows()[0]?.webContents;
        const left = new Promise<void>((done) => contents?.once("did-finish-load", () => done()));
        return Promise.race([contents?.executeJavaScript(text), left]).then(() => undefined);
      }, script)
      .catch(() => undefined);
  const shown = (): Promise<string> =>
    inPage<string>("location.href + ' ' + document.querySelector('h1')?.textContent").catch(() => "nothing");
  const before = await shown();
  expect(before).toBe("app://almanac/runs Runs");

  const targets = [
    "about:blank",
    "about:srcdoc",
    "filesystem:app://almanac/temporary/page.html",
    "blob:app://almanac/00000000-0000-0000-0000-000000000000",
    "data:text/html,<h1>elsewhere</h1>",
    "view-source:app://almanac/",
    "chrome://version/",
    "devtools://devtools/",
    "javascript:void(document.body.textContent='elsewhere')",
    "file:///etc/passwd",
    "http://127.0.0.1:1/",
    "no-such-scheme:elsewhere",
  ];
  const ways = {
    link: "Object.assign(document.body.appendChild(document.createElement('a')), { href: to }).click()",
    assign: "location.assign(to)",
    frame: "Object.assign(document.body.appendChild(document.createElement('iframe')), { src: to })",
  };
  const paint = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())))";
  for (const target of targets) {
    for (const [way, script] of Object.entries(ways)) {
      await act(`{ const to = ${JSON.stringify(target)}; ${script}; } ${paint}`);
      await expect.poll(shown, `${target} by ${way}`).toBe(before);
    }
  }
  // A document that was made here, and so is of the right origin.
  await act(`location.assign(URL.createObjectURL(new Blob(["<h1>elsewhere</h1>"], { type: "text/html" }))); ${paint}`);
  await expect.poll(shown, "a blob of our own").toBe(before);
  expect(await inPage("window.open('about:blank') === null")).toBe(true);
  expect(await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1);
  // The engine still answers the page.
  await inPage("document.querySelector('a[href=\"/workflows\"]').click()");
  await expect.poll(() => inPage("document.body.innerText.includes('shell.command')")).toBe(true);
});

test("nothing gets out past the content policy, WebRTC's packets neither", async ({ desktop }) => {
  const udp = createSocket("udp4");
  let packets = 0;
  udp.on("message", () => packets++);
  udp.bind(0, "127.0.0.1");
  await once(udp, "listening");
  const tcp = createServer((socket) => {
    packets++;
    socket.destroy();
  }).listen(0, "127.0.0.1");
  await once(tcp, "listening");
  const address = tcp.address();
  const ports = [udp.address().port, typeof address === "object" && address !== null ? address.port : 0] as const;
  try {
    const { page } = await desktop.start();
    const tried = await page.evaluate(async ([udpPort, tcpPort]) => {
      const outcomes: string[] = [];
      // In a frame of its own, too: what is taken from one window's globals is still in another's.
      const frame = document.createElement("iframe");
      document.body.append(frame);
      const kinds = [window, frame.contentWindow as typeof window | null]
        .map((holder) => (holder as { RTCPeerConnection?: typeof RTCPeerConnection } | null)?.RTCPeerConnection)
        .filter((kind) => kind !== undefined);
      for (const Connection of kinds) {
        try {
          const connection = new Connection({
            iceServers: [
              { urls: `stun:127.0.0.1:${udpPort}` },
              { urls: `turn:127.0.0.1:${udpPort}?transport=udp`, username: "a", credential: "b" },
              { urls: `turn:127.0.0.1:${tcpPort}?transport=tcp`, username: "a", credential: "b" },
            ],
          });
          connection.createDataChannel("out");
          const gathered = new Promise<void>((done) => {
            connection.onicegatheringstatechange = () => connection.iceGatheringState === "complete" && done();
          });
          await connection.setLocalDescription();
          const other = new Connection();
          await other.setRemoteDescription(connection.localDescription as RTCSessionDescription);
          await other.setLocalDescription();
          await connection.setRemoteDescription(other.localDescription as RTCSessionDescription);
          await connection.addIceCandidate({
            candidate: `candidate:1 1 udp 2122260223 127.0.0.1 ${udpPort} typ host`,
            sdpMid: "0",
          });
          await Promise.race([gathered, new Promise((done) => setTimeout(done, 4000))]);
          outcomes.push("gathered");
        } catch (error) {
          outcomes.push(String(error));
        }
      }
      for (const target of [`http://127.0.0.1:${tcpPort}/`, `ws://127.0.0.1:${tcpPort}/`]) {
        for (const relation of ["preconnect", "prefetch", "dns-prefetch"]) {
          const hint = document.createElement("link");
          hint.rel = relation;
          hint.href = target;
          document.head.append(hint);
        }
      }
      navigator.sendBeacon(`http://127.0.0.1:${tcpPort}/`, "out");
      await fetch(`http://127.0.0.1:${tcpPort}/`, { mode: "no-cors" }).catch(() => undefined);
      return outcomes;
    }, ports);
    expect([tried, packets]).toEqual([expect.anything(), 0]);
  } finally {
    udp.close();
    tcp.close();
  }
});
