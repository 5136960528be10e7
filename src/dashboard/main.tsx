/** The dashboard: a page for everybody who may read the numbers. It uses only `/v1`. */
import { render } from "preact";
import { App } from "./app.tsx";

const page = document.getElementById("page");
if (page !== null) render(<App />, page);
