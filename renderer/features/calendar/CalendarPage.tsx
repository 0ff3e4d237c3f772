import { PageHeader } from "../../components/PageHeader.tsx";

export function CalendarPage(_props: object) {
  return <PageHeader title="Calendar" />;
}
