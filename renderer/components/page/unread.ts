/**
 * Goes to a field whose text could not be read (it says so by `data-unread`), where there is one. Nothing may be sent
 * then: the value it stands for is the one from before that text.
 */
export function showUnread(within: ParentNode = document): boolean {
  const field = within.querySelector<HTMLElement>("[data-unread]");
  // Bars that stay where they are would cover it at the edge of what is seen.
  field?.scrollIntoView({ block: "center" });
  field?.focus({ preventScroll: true });
  return field !== null;
}
