import { useEffect, useLayoutEffect, useRef, useState } from "react";
import classes from "./TipLayer.module.css";

interface Tip {
  target: Element;
  text: string;
}

const openDelayMs = 200;

/**
 * One tooltip for the whole page: any element with `data-tip="text"` (lines split by \n) shows it on hover or focus.
 * Long lists with hundreds of marks stay cheap, since no mark mounts a tooltip of its own. Escape puts it away.
 * It stands above, or with `data-tip-side="right"` at the right.
 */
export function TipLayer() {
  const [tip, setTip] = useState<Tip | null>(null);
  const box = useRef<HTMLDivElement>(null);
  const shown = tip !== null;

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | null = null;
    const cancel = () => {
      if (timer !== null) clearTimeout(timer);
      timer = null;
    };
    const show = (event: Event, delay: number) => {
      const start = event.target instanceof Element ? event.target : null;
      // Moving onto the tooltip itself keeps it open.
      if (start !== null && box.current?.contains(start)) return;
      const target = start?.closest("[data-tip]") ?? null;
      cancel();
      const text = target?.getAttribute("data-tip") ?? "";
      if (target === null || text === "") {
        setTip(null);
        return;
      }
      timer = setTimeout(() => setTip({ target, text }), delay);
    };
    const over = (event: Event) => show(event, box.current === null ? openDelayMs : 0);
    const focus = (event: Event) => {
      if (event.target instanceof Element && event.target.matches(":focus-visible")) show(event, 0);
    };
    const hide = () => {
      cancel();
      setTip(null);
    };
    const key = (event: KeyboardEvent) => {
      if (event.key === "Escape") hide();
    };
    document.addEventListener("pointerover", over);
    document.addEventListener("focusin", focus);
    document.addEventListener("focusout", hide);
    document.addEventListener("pointerdown", hide);
    document.addEventListener("scroll", hide, true);
    document.addEventListener("keydown", key);
    return () => {
      cancel();
      document.removeEventListener("pointerover", over);
      document.removeEventListener("focusin", focus);
      document.removeEventListener("focusout", hide);
      document.removeEventListener("pointerdown", hide);
      document.removeEventListener("scroll", hide, true);
      document.removeEventListener("keydown", key);
    };
  }, []);

  useEffect(() => {
    if (tip === null) return;
    tip.target.setAttribute("aria-describedby", "tip");
    return () => tip.target.removeAttribute("aria-describedby");
  }, [tip]);

  useLayoutEffect(() => {
    if (tip === null || box.current === null) return;
    const anchor = tip.target.getBoundingClientRect();
    const own = box.current.getBoundingClientRect();
    const beside = tip.target.getAttribute("data-tip-side") === "right";
    const left = beside ? anchor.right + 6 : anchor.left + anchor.width / 2 - own.width / 2;
    const above = beside ? anchor.top + anchor.height / 2 - own.height / 2 : anchor.top - own.height - 6;
    box.current.style.left = `${Math.min(Math.max(8, left), window.innerWidth - own.width - 8)}px`;
    box.current.style.top = `${above >= 8 ? above : anchor.bottom + 6}px`;
    box.current.style.visibility = "visible";
  }, [tip]);

  if (!shown) return null;
  return (
    <div id="tip" role="tooltip" ref={box} className={classes.tip} key={tip.text}>
      {tip.text}
    </div>
  );
}
