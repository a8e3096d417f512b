// Reads the braces of imports and exports. Part of the build, not of the program.

/** The values among the names in braces, types left out, each with what it is called on the other side. */
export function namesOf(list: string): { name: string; as: string }[] {
  const names: { name: string; as: string }[] = [];
  for (const item of list.split(',')) {
    const [name, as = name] = item.trim().split(/\s+as\s+/);
    if (name && !name.startsWith('type ')) names.push({ name, as: as! });
  }
  return names;
}
