/** What becomes of data when its stack is removed or a resource is replaced: kept where the stage protects its data. */

/** @returns {Promise<"Retain" | "Delete">} CloudFormation takes no function here, so it is decided while packaging. */
export async function deletionPolicy({ resolveVariable }) {
  const protect = await resolveVariable("param:protectData");
  return String(protect) === "true" ? "Retain" : "Delete";
}
