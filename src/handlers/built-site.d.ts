/** The files that the stack serves, inserted when this function is bundled (infra/bundle/site-files.js). */
declare module "built:site" {
  export const siteFiles: Readonly<Record<string, import("../site/site.ts").SiteFile>>;
}
