/** The range picker: presets as buttons, followed by a form for any two dates. */
import { useEffect, useRef, useState } from "preact/hooks";
import { useStage } from "../stage.ts";
import { isDay } from "./day-math.ts";
import { type ChosenRange, presetNames } from "./range.ts";

export function RangePicker() {
  const { texts, view, go } = useStage();
  const choose = (range: ChosenRange) => go({ range, interval: undefined });
  return (
    <fieldset class="ranges" aria-label={texts.range}>
      {presetNames.map((name) => (
        <button key={name} type="button" aria-pressed={view.range === name} onClick={() => choose(name)}>
          {texts.ranges[name]}
        </button>
      ))}
      <Dates range={view.range} onChoose={choose} />
    </fieldset>
  );
}

function Dates({ range, onChoose }: { range: ChosenRange; onChoose: (range: ChosenRange) => void }) {
  const { texts, formats } = useStage();
  const [isOpen, setOpen] = useState(false);
  const holder = useRef<HTMLDivElement>(null);
  const opener = useRef<HTMLButtonElement>(null);
  const chosen = typeof range === "string" ? undefined : range;
  const closeBack = () => {
    setOpen(false);
    opener.current?.focus();
  };
  useEffect(() => {
    if (!isOpen) return;
    holder.current?.querySelector("input")?.focus();
    const close = (event: Event) =>
      event.target instanceof Node && !holder.current?.contains(event.target) && setOpen(false);
    const closeOnEscape = (event: KeyboardEvent) => event.key === "Escape" && closeBack();
    addEventListener("pointerdown", close);
    addEventListener("keydown", closeOnEscape);
    return () => {
      removeEventListener("pointerdown", close);
      removeEventListener("keydown", closeOnEscape);
    };
  }, [isOpen]);
  const submit = (event: Event & { currentTarget: HTMLFormElement }) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const [from = "", to = ""] = [String(data.get("from")), String(data.get("to"))].sort();
    if (!isDay(from) || !isDay(to)) return;
    onChoose({ from, to });
    closeBack();
  };
  return (
    <div class="dates" ref={holder}>
      <button
        type="button"
        ref={opener}
        aria-pressed={chosen !== undefined}
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        {chosen ? formats.span(chosen.from, chosen.to) : texts.dates}
      </button>
      {isOpen && (
        <form class="panel popover" onSubmit={submit}>
          <label>
            {texts.from}
            <input type="date" name="from" required min="1970-01-01" value={chosen?.from ?? ""} />
          </label>
          <label>
            {texts.to}
            <input type="date" name="to" required min="1970-01-01" value={chosen?.to ?? ""} />
          </label>
          <button type="submit" class="primary">
            {texts.show}
          </button>
        </form>
      )}
    </div>
  );
}
