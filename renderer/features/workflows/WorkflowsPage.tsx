import { PageHeader } from "../../components/PageHeader.tsx";

export function WorkflowsPage(_props: object) {
  return <PageHeader title="Workflows" />;
}
