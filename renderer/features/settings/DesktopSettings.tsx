import { Select, Stack, Switch } from "@mantine/core";
import { useSetting } from "./useSetting.ts";

/** What only the desktop program has: notifications, login, tray. */
export function DesktopSettings({ settings }: { settings: Record<string, unknown> }) {
  return (
    <Stack gap="sm">
      <SettingSwitch
        name="desktop.notifications"
        label="Notify me of failures, recoveries and missed runs"
        checked={settings["desktop.notifications"] !== false}
      />
      <SettingSwitch
        name="desktop.launchAtLogin"
        label="Keep firing after I log in"
        description="Almanac starts in the tray when you log in."
        checked={settings["desktop.launchAtLogin"] === true}
      />
      {/Linux/.test(navigator.userAgent) && (
        <SettingSwitch
          name="desktop.service"
          label="Run as a service"
          description="systemd fires your schedules without any window, and goes on when this one is closed or quits."
          checked={settings["desktop.service"] === true}
        />
      )}
      <SettingSwitch
        name="desktop.stayInTray"
        label="Keep running in the tray when the window is closed"
        description="Switched off, closing the window quits Almanac and nothing fires until it is started again."
        checked={settings["desktop.stayInTray"] !== false}
      />
      <QuitChoice value={settings["desktop.quit"]} />
    </Stack>
  );
}

const quitChoices = [
  { value: "ask", label: "Ask" },
  { value: "wait", label: "Wait until they have ended, then quit" },
  { value: "stop", label: "Stop them and quit" },
  { value: "tray", label: "Stay in the tray" },
];

function QuitChoice({ value }: { value: unknown }) {
  const { write, error, busy } = useSetting("desktop.quit");
  const known = quitChoices.some((choice) => choice.value === value);
  return (
    <Select
      label="When I quit while runs go on"
      description="Logging out and shutting down stop what runs, and mark it as interrupted."
      data={quitChoices}
      value={known ? String(value) : "ask"}
      allowDeselect={false}
      error={error}
      disabled={busy}
      onChange={(choice) => choice !== null && write(choice)}
      maw={340}
    />
  );
}

function SettingSwitch(props: { name: string; label: string; description?: string; checked: boolean }) {
  const { write, error, busy } = useSetting(props.name);
  return (
    <Switch
      label={props.label}
      description={props.description}
      checked={props.checked}
      error={error}
      disabled={busy}
      onChange={(event) => write(event.currentTarget.checked)}
    />
  );
}
