/** Which clicks and impressions are counted on pages of every make, and as what. */
import { describe, expect } from "vitest";
import { slowTest, test, testTable } from "../gears.ts";
import { onPages } from "./on-pages.ts";

const on = onPages();
const { open, leave, targets } = on;
const stop =
  '<script>addEventListener("click", (event) => { if (event.composedPath().some((node) => /^(a|area)$/.test(node.localName))) event.preventDefault(); })</script>';

describe("a click", () => {
  const shadow = (mode: string, inside: string) =>
    `<div id=host></div><script>document.getElementById("host").attachShadow({ mode: "${mode}" }).innerHTML = '${inside}'</script>`;
  testTable<[string, string, string[]]>(
    "%s is one, and counted as %#",
    {
      examples: [
        ["in an open shadow root", shadow("open", '<button data-daymark-click="a"><b>A</b></button>'), ["a"]],
        [
          "on a link of a drawing",
          '<svg width=99 height=99><a href="https://o.test/svg?b"><rect class=b width=99 height=99 /></a></svg>',
          ["https://o.test/svg"],
        ],
        [
          "on an area",
          '<img usemap="#m" width=99 height=99 class=b src="data:image/gif;base64,R0lGODlhAQABAAAAACw="><map name=m><area shape=rect coords="0,0,99,99" href="https://o.test/area"></map>',
          ["https://o.test/area"],
        ],
        ["on a label with its field", '<label data-daymark-click="l"><b>L</b><input type=checkbox></label>', ["l"]],
        ["on a file in its address", '<a download href="data:text/csv,anna@example.com"><b>A</b></a>', ["data:"]],
        [
          "on a file of this page",
          '<a id=f download><b>A</b></a><script>document.getElementById("f").href = URL.createObjectURL(new Blob(["x"]))</script>',
          ["blob:"],
        ],
        ["on an app", '<a href="kakaolink://send?text=anna"><b>A</b></a>', ["kakaolink://send"]],
        ["on a market", '<a href="market://details?id=com.example"><b>A</b></a>', ["market://details"]],
      ],
      variants: [
        [
          "in a shadow root of a marked element",
          `<p data-daymark-click="p">${shadow("open", "<b>A</b>")}</p>`
            .replace(/p>/g, "section>")
            .replace("<p ", "<section "),
          ["p"],
        ],
        [
          "on what a slot shows",
          '<div id=host data-x><b>A</b></div><script>document.getElementById("host").attachShadow({ mode: "open" }).innerHTML = \'<i data-daymark-click="s"><slot></slot></i>\'</script>',
          ["s"],
        ],
        [
          "on a link in an open shadow root",
          shadow("open", '<a href="https://o.test/a?b=1"><b>A</b></a>'),
          ["https://o.test/a"],
        ],
        [
          "on an old link of a drawing",
          '<svg width=99 height=99 xmlns:xlink="http://www.w3.org/1999/xlink"><a xlink:href="https://o.test/x"><rect class=b width=99 height=99 /></a></svg>',
          ["https://o.test/x"],
        ],
        [
          "on a relative link of a drawing",
          '<svg width=99 height=99><a href="/own.pdf"><rect class=b width=99 height=99 /></a></svg>',
          ["/own.pdf"],
        ],
        [
          "on a label with a field in a shadow",
          '<label data-daymark-click="l"><b>L</b><input type=radio id=on></label>',
          ["l"],
        ],
        ["on a field in a label", '<label data-daymark-click="l">L<input type=checkbox class=b></label>', ["l"]],
        [
          "on a label of a field elsewhere",
          '<section data-daymark-click="s"><label for=f><b>L</b></label><input id=f type=checkbox></section>',
          ["s"],
        ],
        [
          "that makes another",
          '<section data-daymark-click="s"><b onclick="document.getElementById(\'o\').click()">A</b><i id=o></i></section>',
          ["s"],
        ],
        [
          "on a named file in its address",
          '<a download="list.csv" href="data:text/csv,anna@example.com"><b>A</b></a>',
          ["data:"],
        ],
        ["on an intent", '<a href="intent://scan/path#Intent;scheme=zxing;end"><b>A</b></a>', ["intent://scan"]],
        ["on an app whose address is a path", '<a href="myapp:open/7?x=1"><b>A</b></a>', []],
        ["on a mail address", '<a href="mailto:anna@example.com"><b>A</b></a>', []],
        ["on a link that is no address", '<a href="https://"><b>A</b></a>', []],
        ["on a marked link that is no address", '<a data-daymark-click=m href="https://"><b>A</b></a>', ["m"]],
        ["on a link without an address", "<a download><b>A</b></a>", []],
        [
          "in a form with a field called matches",
          '<form data-daymark-click="f"><input name=matches><b>A</b></form>',
          ["f"],
        ],
        ["on a long mark", `<p data-daymark-click="${"l".repeat(300)}"><b>A</b></p>`, ["l".repeat(256)]],
        ["on a text node beside a link", '<a href="https://o.test/"><b>A</b></a>', ["https://o.test/"]],
      ],
    },
    async (_, html, expected) => {
      await using visitor = await open("/clicks", { html: html + stop });
      await visitor.page.locator("b, .b").first().click({ force: true });
      await visitor.page.waitForTimeout(50);
      await leave(visitor);
      await expect.poll(() => targets("page_leave")).toHaveLength(1);
      expect(targets("click")).toEqual(
        expected.map((target) => (target.startsWith("/") ? on.site.url + target : target)),
      );
      expect(visitor.problems).toEqual([]);
    },
  );

  slowTest("on one thing after another are as many", async () => {
    await using visitor = await open("/often", {
      html: '<b data-daymark-click="b">B</b><label data-daymark-click="l"><i>L</i><input type=checkbox></label>',
    });
    for (const selector of ["b", "b", "i", "b", "i"]) await visitor.page.click(selector);
    await leave(visitor);
    await expect.poll(() => targets("click")).toEqual(["b", "b", "l", "b", "l"]);
  });
});

describe("an impression", () => {
  const card = (target: string, style: string) => `<div style="${style}" data-daymark-impression="${target}">x</div>`;
  test("of what a person can see, by the mark that it has", async () => {
    const html = `<div id=host></div>${card("first", "")}<p>x</p>${card("z", "visibility: hidden")}${card("z", "height: 0")}
      <script>
        host.attachShadow({ mode: "open" }).innerHTML = '<p data-daymark-impression="shadow">x</p>';
        setTimeout(() => { document.querySelector("p").dataset.daymarkImpression = "later"; }, 400);
        setTimeout(() => { document.querySelector("div + div").dataset.daymarkImpression = "second"; }, 1800);
      </script>`;
    await using visitor = await open("/seen", { html });
    await visitor.page.waitForTimeout(3800);
    await leave(visitor);
    await expect.poll(() => targets("impression")).toHaveLength(4);
    expect(targets("impression").sort()).toEqual(["first", "later", "second", "shadow"]);
    expect(visitor.problems).toEqual([]);
  });

  testTable<[string, string, string[]]>(
    "%s",
    {
      examples: [["of a card taller than the window", card("t", "height: 5000px; width: 200px"), ["t"]]],
      variants: [
        [
          "of an element in an open shadow root",
          '<div id=h></div><script>h.attachShadow({ mode: "open" }).innerHTML = \'<p data-daymark-impression="s">x</p>\'</script>',
          ["s"],
        ],
        [
          "of one in a shadow root in a shadow root",
          '<div id=h></div><script>const s = h.attachShadow({ mode: "open" }); s.innerHTML = "<p></p>"; s.firstChild.attachShadow({ mode: "open" }).innerHTML = \'<p data-daymark-impression="d">x</p>\'</script>',
          ["d"],
        ],
        [
          "of one in a component that is defined late",
          "<late-card></late-card><script>setTimeout(() => customElements.define('late-card', class extends HTMLElement { constructor() { super(); this.attachShadow({ mode: 'open' }).innerHTML = '<p data-daymark-impression=\"late\">x</p>'; } }), 400)</script>",
          ["late"],
        ],
        [
          "of an element that is marked anew",
          `${card("a", "")}<script>setTimeout(() => { document.querySelector("div").dataset.daymarkImpression = "b"; }, 1800)</script>`,
          ["a", "b"],
        ],
        [
          "of an element that is marked later",
          '<div id=h>x</div><script>setTimeout(() => { h.dataset.daymarkImpression = "b"; }, 400)</script>',
          ["b"],
        ],
        [
          "of an element that loses its mark and gets it back",
          `${card("a", "")}<script>const d = document.querySelector("div"); setTimeout(() => { d.removeAttribute("data-daymark-impression"); }, 1800); setTimeout(() => { d.dataset.daymarkImpression = "a"; }, 2000)</script>`,
          ["a"],
        ],
        ["of nothing: it has no size", card("z", "width: 0; height: 0; overflow: hidden"), []],
        ["of nothing: it is as flat as a line", card("z", "height: 0; overflow: hidden"), []],
        ["of nothing: it is hidden", card("z", "visibility: hidden"), []],
        ["of nothing: what holds it is hidden", `<div style="visibility: hidden">${card("z", "")}</div>`, []],
        ["of nothing: it is clear as glass", `<div style="opacity: 0">${card("z", "")}</div>`, []],
        [
          "of nothing: it is cut off",
          `<div style="height: 10px; overflow: hidden">${card("z", "height: 100px")}</div>`,
          [],
        ],
        [
          "of nothing: less than half of the window",
          `<div style="height: 500px"></div>${card("z", "height: 5000px")}`,
          [],
        ],
        ["of half a card", `<div style="height: 650px"></div>${card("h", "height: 100px")}`, ["h"]],
        ["of less than half a card", `<div style="height: 680px"></div>${card("z", "height: 100px")}`, []],
        ["of a card wider than the window", card("w", "width: 5000px; height: 200px"), ["w"]],
        [
          "of half a window of one that is wider and taller",
          card("w", "width: 5000px; height: 5000px; margin: 350px 0 0"),
          ["w"],
        ],
        [
          "of nothing: less than half of the window's width",
          card("z", "width: 5000px; height: 200px; margin-left: 700px"),
          [],
        ],
        ["of nothing: a corner", card("z", "width: 5000px; height: 5000px; margin: 400px 0 0 700px"), []],
        [
          "of nothing: the edge of one that is as wide as the window",
          card("z", "height: 200px; margin-top: 650px"),
          [],
        ],
        ["of a long mark", card("l".repeat(300), ""), ["l".repeat(256)]],
        ["of an empty mark", card("", ""), []],
      ],
    },
    async (_, html, expected) => {
      await using visitor = await open("/cards", { html: `<style>body { margin: 0 }</style>${html}` });
      await visitor.page.waitForTimeout(expected.length === 2 ? 4200 : 2600 + (html.includes("2000)") ? 1400 : 0));
      await leave(visitor);
      await expect.poll(() => targets("page_leave")).toHaveLength(1);
      expect(targets("impression")).toEqual(expected);
      expect(visitor.problems).toEqual([]);
    },
  );

  slowTest("of what was hidden at first, once it is shown", async () => {
    await using visitor = await open("/shown", { html: card("s", "visibility: hidden") });
    await visitor.page.waitForTimeout(1500);
    await visitor.page.locator("div").evaluate((element) => element.style.removeProperty("visibility"));
    await visitor.page.waitForTimeout(2000);
    await leave(visitor);
    await expect.poll(() => targets("impression")).toEqual(["s"]);
  });
});
