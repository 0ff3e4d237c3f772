/** What helps whoever looks into a fault, with nothing in it that is secret: shown whole before anybody saves it. */
export interface Diagnostics {
  /** Of the archive. */
  fileName: string;
  files: { name: string; text: string }[];
  /** The same files as a zip, in base64. */
  zip: string;
}
