/** The axe-core findings that would prevent somebody from using a page. https://github.com/dequelabs/axe-core */
import axe from "axe-core";
import { expect } from "vitest";
import type { Page } from "./chromium.ts";

type Found = { violations: Violation[]; passes: unknown[] };
type Violation = { id: string; impact: string; nodes: { html: string; failureSummary: string }[] };

/**
 * A text for each rule that is seriously violated. The page's context needs `bypassCSP`, because axe is a foreign
 * script.
 */
export async function seriousViolations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations, passes } = await page.evaluate<Found>("axe.run()");
  expect(passes.length).toBeGreaterThan(10);
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(
      ({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join("\n")}`,
    );
}
