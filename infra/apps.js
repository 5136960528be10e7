/** The apps that may write, as one line of JSON, which collect reads from its environment. */

/** @returns {Promise<string>} `[{"app","key","origins":[…]}]`, from the stage's parameter `apps`. */
export async function appsJson({ resolveVariable }) {
  const apps = await resolveVariable("param:apps");
  return typeof apps === "string" ? apps : JSON.stringify(apps);
}
