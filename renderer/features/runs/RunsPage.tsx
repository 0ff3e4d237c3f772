import { PageHeader } from "../../components/PageHeader.tsx";

export function RunsPage(_props: object) {
  return <PageHeader title="Runs" />;
}
