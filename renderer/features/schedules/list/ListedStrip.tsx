import { useQuery } from "@tanstack/react-query";
import { memo, type ReactNode, useCallback, useState } from "react";
import type { OutcomeMark } from "../../../../shared/api/schedules.ts";
import { trpc } from "../../../api/client.ts";
import { OutcomeStrip, StripDrawing } from "../../../components/outcomes/OutcomeStrip.tsx";

/** The last outcomes in a row of the list: a drawing, until somebody points at it and asks which run is which. */
export const ListedStrip = memo(function ListedStrip(props: { scheduleId: string; strip: string; zone: string }) {
  const [pointed, setPointed] = useState(false);
  const point = useCallback(() => setPointed(true), []);
  const leave = useCallback(() => setPointed(false), []);
  const drawing = <StripDrawing strip={props.strip} onPointerEnter={point} onPointerLeave={leave} />;
  if (!pointed) return drawing;
  return <PointedStrip {...props} drawing={drawing} onPointerLeave={leave} />;
});

/** Apart, so that a list that is drawn asks for nothing in each of its rows. */
function PointedStrip(props: { scheduleId: string; zone: string; drawing: ReactNode; onPointerLeave: () => void }) {
  const { data } = useQuery(trpc.schedules.get.queryOptions({ scheduleId: props.scheduleId }));
  if (data === undefined) return props.drawing;
  return (
    <OutcomeStrip
      marks={data.outcomes as OutcomeMark[]}
      zone={props.zone}
      focusable={false}
      onPointerLeave={props.onPointerLeave}
    />
  );
}
