/** The dashboard: a page for the browser of whoever may read the numbers, which works against `/v1` alone. */
import { render } from "preact";
import { App } from "./app.tsx";

const page = document.getElementById("page");
if (page !== null) render(<App />, page);
