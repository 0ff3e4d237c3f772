import { Text, Title } from "@mantine/core";
import type { ReactNode } from "react";

/** Where a list has nothing to show: what would be here, and a way on. */
export function EmptyState(props: {
  title: string;
  /** A decorative icon, about 28 px. */
  icon?: ReactNode;
  /** A sentence or two. */
  children?: ReactNode;
  /** Buttons that lead on. */
  action?: ReactNode;
  /** Stands for a whole page, which has no other heading. */
  page?: boolean | undefined;
}) {
  return (
    <div className="notice">
      <Text c="dimmed" component="div" aria-hidden="true" lh={0}>
        {props.icon}
      </Text>
      <Title order={props.page ? 1 : 2}>{props.title}</Title>
      {props.children !== undefined && (
        <Text c="dimmed" maw={460} component="div">
          {props.children}
        </Text>
      )}
      {props.action !== undefined && <div style={{ marginTop: 8 }}>{props.action}</div>}
    </div>
  );
}
