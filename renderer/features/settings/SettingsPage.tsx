import { PageHeader } from "../../components/PageHeader.tsx";

export function SettingsPage(_props: object) {
  return <PageHeader title="Settings" />;
}
