/**
 * The demo: a small job board that uses the beacon, for `npm start`. Each of its pages (a posting, the sign-up, the
 * thank-you page) has an address of its own. It shows how to use Daymark: marked elements in the HTML, and two calls.
 */
import { element } from "./element.ts";
import { featurePrice, type Posting, postings } from "./postings.ts";

type Page = (rest: string) => HTMLElement[];

const pages: Record<string, Page> = { "": board, posting, "sign-up": signUp, thanks };

const [, , name = "", rest = ""] = location.pathname.split("/");
document.getElementById("main")?.replaceChildren(...(pages[name] ?? board)(rest));

function board(): HTMLElement[] {
  return [
    element("h1", {}, "Eight internships, one coast"),
    element("ul", { class: "board" }, ...postings.map(card)),
    element("p", {}, element("a", { href: "https://www.kmi.re.kr/" }, "More about the sea, elsewhere")),
  ];
}

function card(posting: Posting): HTMLElement {
  const { id, title, company, place, weeks, field } = posting;
  return element(
    "li",
    { "data-daymark-impression": id },
    element("a", { href: `/demo/posting/${id}`, "data-daymark-click": id }, title),
    element("p", {}, `${company}, ${place}`),
    element("p", { class: "facts" }, `${field} · ${weeks} weeks`),
  );
}

function posting(id: string): HTMLElement[] {
  const found = postings.find((one) => one.id === id);
  if (found === undefined) return board();
  const { title, company, place, weeks, text } = found;
  document.title = `${title} · Harbor`;
  return [
    element("p", {}, element("a", { href: "/demo" }, "← All internships")),
    element("h1", {}, title),
    element("p", { class: "facts" }, `${company} · ${place} · ${weeks} weeks`),
    element("p", {}, text),
    element(
      "a",
      { class: "button", href: `/demo/sign-up/${id}`, "data-daymark-click": `apply-${id}` },
      "Apply with one page",
    ),
  ];
}

function signUp(id: string): HTMLElement[] {
  const name = element("input", { name: "name", autocomplete: "nickname", required: "", "aria-label": "Your name" });
  const form = element("form", {}, name, element("button", {}, "Sign up and apply"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    window.daymark?.("login", { user_id: name.value.trim().toLowerCase(), method: "demo" });
    location.assign(`/demo/thanks/${id}`);
  });
  return [
    element("h1", {}, "Who are you?"),
    element(
      "p",
      {},
      "A name is enough. It becomes the user_id of a login event on this machine, and goes nowhere else.",
    ),
    form,
  ];
}

function thanks(id: string): HTMLElement[] {
  const price = new Intl.NumberFormat(undefined, { style: "currency", currency: "KRW" }).format(featurePrice);
  const pay = element("button", {}, `Have it read first for ${price}`);
  pay.addEventListener("click", () => {
    // The won has no minor unit, so the amount is in won.
    window.daymark?.("payment", { amount: featurePrice, currency: "KRW", target: `feature-${id}` });
    pay.replaceWith(element("p", { role: "status" }, "Paid, with play money. It is in the numbers now."));
  });
  return [
    element("h1", {}, "Your application is on its way"),
    pay,
    element("p", {}, element("a", { href: "/demo" }, "Back to the board")),
  ];
}
