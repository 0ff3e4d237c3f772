/** Goes to a field, where there is one. */
function show(field: HTMLElement | null): boolean {
  // Bars that stay where they are would cover it at the edge of what is seen.
  field?.scrollIntoView({ block: "center" });
  field?.focus({ preventScroll: true });
  return field !== null;
}

/**
 * Goes to a field whose text could not be read (it says so by `data-unread`), where there is one. Nothing may be sent
 * then: the value it stands for is the one from before that text.
 */
export function showUnread(within: ParentNode = document): boolean {
  return show(within.querySelector<HTMLElement>("[data-unread]"));
}

/** Goes to the first field that is marked as wrong, where there is one. */
export function showWrong(within: ParentNode = document): boolean {
  return show(within.querySelector<HTMLElement>('input[aria-invalid="true"], textarea[aria-invalid="true"]'));
}
