import {
  listDeliveriesSchema,
  nameOnlySchema,
  retryDeliverySchema,
  setChannelSchema,
  setRuleSchema,
} from "../../../shared/api/notifications.ts";
import { administering, editing, procedure, router, running } from "./trpc.ts";

export const notifications = router({
  channels: procedure.query(({ ctx }) => ctx.app.notifications.channels()),
  /** For `admin`: a channel may be a program of this machine, and takes what is secret. */
  setChannel: administering
    .input(setChannelSchema)
    .mutation(({ ctx, input }) => ctx.app.notifications.setChannel(input)),
  deleteChannel: administering.input(nameOnlySchema).mutation(({ ctx, input }) => {
    ctx.app.notifications.deleteChannel(input.name);
    return { deleted: input.name };
  }),
  test: administering.input(nameOnlySchema).mutation(({ ctx, input }) => ctx.app.notifications.test(input.name)),
  rules: procedure.query(({ ctx }) => ctx.app.notifications.rules()),
  setRule: editing.input(setRuleSchema).mutation(({ ctx, input }) => ctx.app.notifications.setRule(input)),
  deleteRule: editing.input(nameOnlySchema).mutation(({ ctx, input }) => {
    ctx.app.notifications.deleteRule(input.name);
    return { deleted: input.name };
  }),
  deliveries: procedure.input(listDeliveriesSchema).query(({ ctx, input }) => ctx.app.notifications.deliveries(input)),
  retry: running.input(retryDeliverySchema).mutation(({ ctx, input }) => {
    ctx.app.notifications.retry(input.deliveryId);
    return { retried: input.deliveryId };
  }),
});
