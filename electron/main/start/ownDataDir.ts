import { join } from "node:path";
import { app } from "electron";

/** The data folder of a program that was told no other. */
export const ownDataDir = (): string => join(app.getPath("appData"), "Almanac");
