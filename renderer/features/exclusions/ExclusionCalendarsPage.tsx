import { PageHeader } from "../../components/PageHeader.tsx";

export function ExclusionCalendarsPage(_props: object) {
  return <PageHeader title="Exclusion calendars" />;
}
