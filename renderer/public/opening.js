// Before anything is painted: light or dark, and a wide or a narrow rail, as they were chosen. The application, which keeps
// both from then on, comes too late for that.
const kept = (key) => {
  try {
    return localStorage.getItem(key);
  } catch {
    // A browser may keep nothing.
    return null;
  }
};
const chosen = kept("almanac-color-scheme");
const isDark = chosen === "dark" || (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
document.documentElement.dataset.mantineColorScheme = isDark ? "dark" : "light";
if (kept("almanac-rail") === "true") document.documentElement.dataset.rail = "narrow";
