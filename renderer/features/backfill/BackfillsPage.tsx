import { PageHeader } from "../../components/PageHeader.tsx";

export function BackfillsPage(_props: object) {
  return <PageHeader title="Backfills" />;
}
