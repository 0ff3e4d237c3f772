// A program of Electron alone that shows one still page: what the desktop program's start is measured beside.
const { app, BrowserWindow } = require("electron");

app.commandLine.appendSwitch("disable-software-rasterizer");
app.setPath("userData", process.env.ALMANAC_BARE_FOLDER);
app.whenReady().then(() => {
  const window = new BrowserWindow({
    width: 1280,
    height: 800,
    show: false,
    webPreferences: { sandbox: true, contextIsolation: true, nodeIntegration: false, spellcheck: false },
  });
  window.once("ready-to-show", () => window.show());
  window.loadFile("index.html");
});
process.on("SIGTERM", () => app.exit(0));
