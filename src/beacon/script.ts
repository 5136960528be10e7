/**
 * The script `/beacon.js`: `<script defer src="https://…/beacon.js" data-key="wk_…"></script>`. It sends events to the
 * address that it was loaded from. Optional: `data-visitor="persistent"`, `data-hosts="shop.example.com"`, `data-hash="on"`.
 */
import { ofDocument } from "./page.ts";
import { safely } from "./safely.ts";
import { start } from "./start.ts";

safely(() => {
  // A module is told nothing of its element.
  const script: HTMLScriptElement =
    ofDocument("currentScript") ?? (document.querySelector("script[data-key]") as HTMLScriptElement);
  start(script.src, script.dataset);
})();
