import { PageHeader } from "../../components/PageHeader.tsx";

export function SchedulePage(_props: { scheduleId: string }) {
  return <PageHeader title="Schedule" />;
}
