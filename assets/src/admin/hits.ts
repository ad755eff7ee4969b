// What the server finds for the command bar: everything that one may see, a few of each kind.

export interface Place {
  label: string;
  url: string;
  keys?: string;
}

interface Group {
  kind: string;
  items: { label: string; url: string; note: string }[];
  more: string | null;
}

export async function hits(search: string, kinds: Record<string, string>, more: (kind: string) => string): Promise<Place[]> {
  if (search === "") return [];
  try {
    const response = await fetch(`/admin/search/?q=${encodeURIComponent(search)}`, { headers: { Accept: "application/json" } });
    if (!response.ok) return [];
    const { groups = [] } = (await response.json()) as { groups?: Group[] };
    return groups.flatMap((group) => {
      const kind = kinds[group.kind] ?? "";
      const found = group.items.map(({ label, url, note }) => ({ label, url, keys: note ? `${kind} · ${note}` : kind }));
      return group.more ? [...found, { label: more(kind), url: group.more, keys: "" }] : found;
    });
  } catch {
    return [];
  }
}
