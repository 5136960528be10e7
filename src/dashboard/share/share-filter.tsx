/** Shares the one filter that is set: makes the link, shows it once with what embeds it, and ends links. */
import { useState } from "preact/hooks";
import type { NewShareAnswer, SharesAnswer } from "../../schemas/api/access.ts";
import { useStage } from "../stage.ts";
import { dimensionName, valueName } from "../words/words.ts";

type Props = { dimension: string; value: string };
type Shares = SharesAnswer["shares"];

export function ShareFilter({ dimension, value }: Props) {
  const { texts, client } = useStage();
  const [isOpen, setOpen] = useState(false);
  if (client.locked !== undefined) return null;
  return (
    <>
      <button type="button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {texts.shareFilter}
      </button>
      {isOpen && <ShareDialog dimension={dimension} value={value} onClose={() => setOpen(false)} />}
    </>
  );
}

function ShareDialog({ dimension, value, onClose }: Props & { onClose: () => void }) {
  const { texts } = useStage();
  const [made, setMade] = useState<NewShareAnswer>();
  const [shares, setShares] = useState<Shares>();
  const [hasFailed, setFailed] = useState(false);
  const list = async () => setShares((await send<SharesAnswer>("GET", "/v1/shares")).shares);
  const run = (work: () => Promise<void>) => () =>
    void work().then(
      () => setFailed(false),
      () => setFailed(true),
    );
  const make = run(async () => {
    setMade(await send("POST", "/v1/shares", { where: { [dimension]: value } }));
    await list();
  });
  return (
    <section
      class="panel popover share-box"
      aria-label={texts.shareFilter}
      onKeyDown={({ key }) => key === "Escape" && onClose()}
    >
      <p>{texts.shareWhat}</p>
      {made === undefined ? (
        <button type="button" class="primary" autofocus onClick={make}>
          {texts.makeLink}
        </button>
      ) : (
        <NewLink address={new URL(made.path, location.origin).href} />
      )}
      {shares === undefined ? (
        <button type="button" onClick={run(list)}>
          {texts.showLinks}
        </button>
      ) : (
        <Links shares={shares} onEnd={(id) => run(() => send("DELETE", `/v1/shares/${id}`).then(list))()} />
      )}
      {hasFailed && (
        <p class="wrong" role="alert">
          {texts.failed}
        </p>
      )}
    </section>
  );
}

function NewLink({ address }: { address: string }) {
  const { texts } = useStage();
  const frame = `<iframe src="${address}" width="100%" height="900" style="border:0"></iframe>`;
  return (
    <>
      {[
        [texts.link, address],
        [texts.embed, frame],
      ].map(([name, text]) => (
        <label key={name}>
          {name}
          <input readOnly value={text} onFocus={({ currentTarget }) => currentTarget.select()} />
        </label>
      ))}
      <p class="hint">{texts.linkOnce}</p>
    </>
  );
}

function Links({ shares, onEnd }: { shares: Shares; onEnd: (id: string) => void }) {
  const { texts, formats, language } = useStage();
  if (shares.length === 0) return <p class="hint">{texts.noLinks}</p>;
  return (
    <ul class="links">
      {shares.map(({ id, where, created_at }) => (
        <li key={id}>
          {Object.entries(where).map(([dimension, value]) => (
            <span key={dimension}>
              {dimensionName(texts, dimension)}: {valueName(texts, { dimension, value, language })}
            </span>
          ))}{" "}
          <span class="hint">{formats.time(created_at)}</span>
          <button type="button" onClick={() => onEnd(id)}>
            {texts.endLink}
          </button>
        </li>
      ))}
    </ul>
  );
}

/** The answer of the API, which is from the same build as this page. Rejects if it refuses. */
async function send<T>(method: string, path: string, body?: object): Promise<T> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(path, { method, ...(body && { body: JSON.stringify(body), headers }) });
  if (!response.ok) throw new Error(`The answer was ${response.status}`);
  return await response.json();
}
