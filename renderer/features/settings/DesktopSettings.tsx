import { Stack, Switch } from "@mantine/core";
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
        label="Start when I log in"
        checked={settings["desktop.launchAtLogin"] === true}
      />
      <SettingSwitch
        name="desktop.stayInTray"
        label="Keep running in the tray when the window is closed"
        description="Switched off, closing the window quits Almanac and nothing fires until it is started again."
        checked={settings["desktop.stayInTray"] !== false}
      />
    </Stack>
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
