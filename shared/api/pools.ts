import { z } from "zod";

export const poolNameSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    "letters, digits, '.', '_' and '-', at most 64, starting with a letter or digit",
  );

export const setPoolSchema = z.strictObject({
  name: poolNameSchema,
  /** So many runs at once; 0 lets none start. */
  limit: z.int().min(0).max(100_000),
  workflows: z.array(z.string().min(1).max(200)).max(100).default([]),
  tags: z.array(z.string().min(1).max(64)).max(100).default([]),
});

export const deletePoolSchema = z.strictObject({ name: poolNameSchema });
