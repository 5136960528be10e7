/**
 * The script `/beacon.js`: `<script defer src="https://…/beacon.js" data-key="wk_…"></script>`. It sends events to the
 * origin that it was loaded from. Optional: `data-visitor="persistent"`, `data-hosts="shop.example.com"`.
 */
import { safely } from "./safely.ts";
import { start } from "./start.ts";

safely(() => {
  const { src, dataset } = document.currentScript as HTMLScriptElement;
  start(src, dataset);
})();
