/**
 * The script `/beacon.js`: `<script defer src="https://…/beacon.js" data-key="wk_…"></script>`. It sends events to where it
 * came from. Optional: `data-visitor="persistent"`.
 */
import { safely } from "./safely.ts";
import { start } from "./start.ts";

safely(() => {
  const { src, dataset } = document.currentScript as HTMLScriptElement;
  start(src, dataset);
})();
