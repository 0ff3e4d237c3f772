/** A stretch of time that a schedule's runs are narrowed to: ISO, its end left out. */
export interface Stretch {
  from: string;
  to: string;
}
