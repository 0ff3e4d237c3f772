import { PageHeader } from "../../components/PageHeader.tsx";

export function BackfillPage(_props: { scheduleId: string; from?: string; to?: string }) {
  return <PageHeader title="Backfill" />;
}
