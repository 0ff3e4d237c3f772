import { PageHeader } from "../../components/PageHeader.tsx";

export function SchedulesPage(_props: object) {
  return <PageHeader title="Schedules" />;
}
