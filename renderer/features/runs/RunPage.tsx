import { PageHeader } from "../../components/PageHeader.tsx";

export function RunPage(_props: { runId: string }) {
  return <PageHeader title="Run" />;
}
