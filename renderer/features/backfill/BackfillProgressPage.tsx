import { PageHeader } from "../../components/PageHeader.tsx";

export function BackfillProgressPage(_props: { backfillId: string }) {
  return <PageHeader title="Backfill" />;
}
