/** Asks for the read token, once per browser. */
import { useState } from "preact/hooks";
import { signIn } from "./ask/session.ts";
import type { Texts } from "./words/texts-en.ts";

type State = "ready" | "asking" | "wrong" | "away";

export function TokenForm({ texts, onSigned }: { texts: Texts; onSigned: () => void }) {
  const [token, setToken] = useState("");
  const [state, setState] = useState<State>("ready");
  const isWrong = state === "wrong";
  const submit = async (event: Event) => {
    event.preventDefault();
    // A token with characters that an HTTP header cannot carry must be wrong; the API will say so.
    const sendable = token.trim().replace(/[^\x21-\x7e]/g, "?");
    if (sendable === "" || state === "asking") return;
    setState("asking");
    const isRight = await signIn(sendable).catch(() => undefined);
    if (isRight === true) onSigned();
    else setState(isRight === false ? "wrong" : "away");
  };
  return (
    <main id="main" class="token" tabIndex={-1}>
      <form class="panel" onSubmit={submit}>
        <h1>
          <label for="token">{texts.tokenTitle}</label>
        </h1>
        <p>{texts.tokenWhy}</p>
        <div class="token-row">
          <input
            id="token"
            type="password"
            autocomplete="off"
            spellcheck={false}
            required
            autofocus
            aria-invalid={isWrong}
            aria-describedby={isWrong ? "token-wrong token-where" : "token-where"}
            value={token}
            onInput={({ currentTarget }) => setToken(currentTarget.value)}
          />
          <button type="submit" class="primary">
            {texts.open}
          </button>
        </div>
        {(isWrong || state === "away") && (
          <p id="token-wrong" class="wrong" role="alert">
            {isWrong ? texts.tokenWrong : texts.awayFirst}
          </p>
        )}
        <p id="token-where" class="hint">
          {texts.tokenWhere}
        </p>
      </form>
    </main>
  );
}
