import { getRouteApi } from "@tanstack/react-router";
import { draftFromSearch } from "../schedules/around/templates.ts";
import { EditorPage } from "./EditorPage.tsx";

const route = getRouteApi("/schedules/new");

/** The editor of a schedule that is not there yet, begun as the address says. */
export function NewSchedulePage() {
  const search = route.useSearch();
  const draft = draftFromSearch(search);
  // Another template or original is another form, not new props for this one.
  return <EditorPage key={JSON.stringify(search)} duplicateOf={search.duplicateOf} runId={search.run} draft={draft} />;
}
