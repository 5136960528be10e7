/** Buttons of which one is chosen, above a list. */

type Props = {
  names: readonly string[];
  chosen: string | undefined;
  choose: (name: string) => void;
  label: (name: string) => string;
};

export function Choice({ names, chosen, choose, label }: Props) {
  return (
    <div class="tabs">
      {names.map((name) => (
        <button key={name} type="button" aria-pressed={name === chosen} onClick={() => choose(name)}>
          {label(name)}
        </button>
      ))}
    </div>
  );
}
