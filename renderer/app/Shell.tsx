import { useMantineColorScheme } from "@mantine/core";
import { useLocalStorage, useMediaQuery } from "@mantine/hooks";
import {
  IconBell,
  IconBrightness,
  IconCalendarMonth,
  IconClockPlay,
  IconHistoryToggle,
  IconLayoutSidebarLeftCollapse,
  IconLayoutSidebarLeftExpand,
  IconListDetails,
  IconMoon,
  IconSearch,
  IconServer2,
  IconSettings,
  IconSun,
  IconTerminal2,
  IconWebhook,
} from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, Outlet, useRouter } from "@tanstack/react-router";
import { Fragment, type ReactNode, useEffect } from "react";
import { railPages } from "../../shared/api/railPages.ts";
import { trpc } from "../api/client.ts";
import { CommandDialogs } from "../commands/CommandDialogs.tsx";
import { openPalette } from "../commands/dialogs.ts";
import { keyCaps } from "../commands/keys.ts";
import { useOpenedFiles } from "../commands/openedFiles.ts";
import { Palette } from "../commands/Palette.tsx";
import { useCommandKeys } from "../commands/useCommandKeys.ts";
import { laterPart } from "../components/page/laterPart.tsx";
import { Banners } from "./Banners.tsx";
import { RailViews } from "./RailViews.tsx";
import classes from "./Shell.module.css";
import { useUnreadAddress } from "./unreadAddress.ts";

const icons = {
  "/": IconClockPlay,
  "/calendar": IconCalendarMonth,
  "/runs": IconListDetails,
  "/backfills": IconHistoryToggle,
  "/workflows": IconTerminal2,
  "/workers": IconServer2,
  "/notifications": IconBell,
  "/hooks": IconWebhook,
  "/settings": IconSettings,
} as const;
const pages = railPages.map((page) => ({ ...page, Icon: icons[page.to] }));

// Hardly an address asks for what is not there.
const UnreadAddress = laterPart(
  "What of the address is left out",
  async () => (await import("./UnreadAddress.tsx")).UnreadAddress,
);

const paletteKey = keyCaps("mod+k").join(" ");

/** The frame around every page: rail, banners, the page itself, the command palette. */
export function Shell() {
  const [collapsed, setCollapsed] = useLocalStorage({ key: "almanac-rail", defaultValue: false });
  const small = useMediaQuery("(max-width: 960px)", false, { getInitialValueInEffect: false });
  const narrow = collapsed || small;
  // Where runs execute here there are none.
  const { data: choice } = useQuery(trpc.runtime.choice.queryOptions());
  const distributed = choice?.runtime === "bullmq";
  const unread = useUnreadAddress();
  usePlainLinks();
  useFocusOnPage();
  useCommandKeys();
  useOpenedFiles();
  return (
    <div className={classes.shell} data-narrow={narrow || undefined}>
      <a className={classes.skip} href="#page">
        Skip to the page
      </a>
      <nav className={classes.rail} aria-label="Pages">
        <Link to="/" className={classes.brand} aria-label="Almanac, schedules">
          <img src="/icon.svg" alt="" className={classes.brandMark} />
          {!narrow && <span>Almanac</span>}
        </Link>
        {pages
          .filter(({ to }) => to !== "/workers" || distributed)
          .map(({ to, label, Icon }) => (
            <Fragment key={to}>
              <RailTip label={label} narrow={narrow}>
                <Link
                  to={to}
                  className={classes.item}
                  activeOptions={{ exact: to === "/", includeSearch: false }}
                  aria-label={label}
                >
                  <Icon size={17} stroke={1.6} aria-hidden="true" />
                  {!narrow && label}
                </Link>
              </RailTip>
              {to === "/" && !narrow && <RailViews />}
            </Fragment>
          ))}
        <div className={classes.spacer} />
        <RailTip label={`Find anything (${paletteKey})`} narrow={narrow}>
          <button type="button" className={classes.item} onClick={openPalette} aria-label="Find anything">
            <IconSearch size={17} stroke={1.6} aria-hidden="true" />
            {!narrow && (
              <>
                Find <kbd className={classes.kbd}>{paletteKey}</kbd>
              </>
            )}
          </button>
        </RailTip>
        <ThemeSwitch narrow={narrow} />
        {!small && (
          <RailTip label="Show labels" narrow={narrow}>
            <button
              type="button"
              className={classes.item}
              onClick={() => setCollapsed(!collapsed)}
              aria-label={collapsed ? "Show labels" : "Collapse the rail"}
              aria-expanded={!collapsed}
            >
              {collapsed ? (
                <IconLayoutSidebarLeftExpand size={17} stroke={1.6} aria-hidden="true" />
              ) : (
                <IconLayoutSidebarLeftCollapse size={17} stroke={1.6} aria-hidden="true" />
              )}
              {!narrow && "Collapse"}
            </button>
          </RailTip>
        )}
      </nav>
      <div className={classes.main}>
        <Banners />
        {unread.length > 0 && <UnreadAddress unread={unread} />}
        <main id="page" className={classes.page} tabIndex={-1}>
          <Outlet />
        </main>
      </div>
      <Palette />
      <CommandDialogs />
    </div>
  );
}

/** A plain `<a href="/…">` opens without a reload, so that long lists need no link component for each of their links. */
function usePlainLinks(): void {
  const router = useRouter();
  useEffect(() => {
    const onClick = (event: MouseEvent) => {
      const modified = event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
      const link = event.target instanceof Element ? event.target.closest("a[href^='/']") : null;
      if (modified || event.defaultPrevented || link === null || link.hasAttribute("download")) return;
      event.preventDefault();
      router.navigate({ href: link.getAttribute("href") ?? "/" });
    };
    document.addEventListener("click", onClick);
    return () => document.removeEventListener("click", onClick);
  }, [router]);
}

/** After a page has changed under it, the focus goes to the new page rather than nowhere. */
function useFocusOnPage(): void {
  const router = useRouter();
  useEffect(
    () =>
      router.subscribe("onRendered", ({ pathChanged }) => {
        if (!pathChanged) return;
        // The old page's focus is only lost once its elements are gone.
        requestAnimationFrame(() => {
          if (document.activeElement === document.body) document.getElementById("page")?.focus();
        });
      }),
    [router],
  );
}

function RailTip(props: { label: string; narrow: boolean; children: ReactNode }) {
  return (
    <span data-tip={props.narrow ? props.label : undefined} data-tip-side="right">
      {props.children}
    </span>
  );
}

const schemes = ["auto", "light", "dark"] as const;
const schemeNames = { auto: "Theme: system", light: "Theme: light", dark: "Theme: dark" };

function ThemeSwitch({ narrow }: { narrow: boolean }) {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const next = schemes[(schemes.indexOf(colorScheme) + 1) % schemes.length] ?? "auto";
  const Icon = { auto: IconBrightness, light: IconSun, dark: IconMoon }[colorScheme];
  return (
    <RailTip label={schemeNames[colorScheme]} narrow={narrow}>
      <button
        type="button"
        className={classes.item}
        onClick={() => setColorScheme(next)}
        aria-label={`${schemeNames[colorScheme]}. Switch to ${schemeNames[next].slice(7)}`}
      >
        <Icon size={17} stroke={1.6} aria-hidden="true" />
        {!narrow && schemeNames[colorScheme]}
      </button>
    </RailTip>
  );
}
