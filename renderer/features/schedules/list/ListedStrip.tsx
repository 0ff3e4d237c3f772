import { useQuery } from "@tanstack/react-query";
import { memo, useMemo, useState } from "react";
import { parseStrip } from "../../../../shared/api/outcomeStrip.ts";
import type { OutcomeMark } from "../../../../shared/api/schedules.ts";
import { trpc } from "../../../api/client.ts";
import { OutcomeStrip, StripDrawing } from "../../../components/outcomes/OutcomeStrip.tsx";

/** The last outcomes in a row of the list: a drawing, until somebody points at it and asks which run is which. */
export const ListedStrip = memo(function ListedStrip(props: { scheduleId: string; strip: string; zone: string }) {
  const { scheduleId, strip, zone } = props;
  const marks = useMemo(() => parseStrip(strip), [strip]);
  const [pointed, setPointed] = useState(false);
  const { data } = useQuery({ ...trpc.schedules.get.queryOptions({ scheduleId }), enabled: pointed });
  const leave = () => setPointed(false);
  if (!pointed || data === undefined)
    return <StripDrawing marks={marks} onPointerEnter={() => setPointed(true)} onPointerLeave={leave} />;
  return <OutcomeStrip marks={data.outcomes as OutcomeMark[]} zone={zone} focusable={false} onPointerLeave={leave} />;
});
