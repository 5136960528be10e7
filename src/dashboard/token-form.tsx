/** Asks for the read token, once per tab. */
import { useState } from "preact/hooks";
import type { Texts } from "./words/texts-en.ts";

export function TokenForm({
  texts,
  isWrong,
  onToken,
}: {
  texts: Texts;
  isWrong: boolean;
  onToken: (token: string) => void;
}) {
  const [token, setToken] = useState("");
  const submit = (event: Event) => {
    event.preventDefault();
    // A token with characters that an HTTP header cannot carry must be wrong; the API will say so.
    const sendable = token.trim().replace(/[^\x21-\x7e]/g, "?");
    if (sendable !== "") onToken(sendable);
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
        {isWrong && (
          <p id="token-wrong" class="wrong" role="alert">
            {texts.tokenWrong}
          </p>
        )}
        <p id="token-where" class="hint">
          {texts.tokenWhere}
        </p>
      </form>
    </main>
  );
}
