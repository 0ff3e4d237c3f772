/** Why an occurrence cannot be moved so: the field that is refused, and what would be taken. */
export class MoveProblem extends Error {
  readonly field: "scheduledTime" | "to" | "scope";

  constructor(field: MoveProblem["field"], taken: string) {
    super(taken);
    this.name = "MoveProblem";
    this.field = field;
  }
}
