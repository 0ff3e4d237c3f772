/** What was offered proves not to be what its maker has published. */
export class FeedRefused extends Error {
  override name = "FeedRefused";
}
