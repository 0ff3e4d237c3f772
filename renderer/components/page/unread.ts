/**
 * Goes to a field whose text could not be read (it says so by `data-unread`), where there is one. Nothing may be sent
 * then: the value it stands for is the one from before that text.
 */
export function showUnread(): boolean {
  const field = document.querySelector<HTMLElement>("[data-unread]");
  field?.focus();
  return field !== null;
}
