// A small program of another site: lists pages, makes a draft, changes it, publishes it. It compiles only against the types that
// openapi-typescript makes of the description, and runs against the server that described itself.

import createClient from "openapi-fetch";
import type { components, paths } from "./api.js";

type Page = components["schemas"]["Page"];
type NewPage = components["schemas"]["standard.StandardPage.New"];
type Block = components["schemas"]["block.paragraph.Given"];

const [base = "", token = "", parent = "0"] = process.argv.slice(2);
const client = createClient<paths>({ baseUrl: base, headers: { Authorization: `Bearer ${token}` } });

function must<T>(answer: { data?: T; error?: unknown; response: Response }): T {
  if (answer.data === undefined) throw new Error(`${answer.response.status}: ${JSON.stringify(answer.error)}`);
  return answer.data;
}

const whoami = must(await client.GET("/api/v1/whoami/"));
const listed = must(await client.GET("/api/v1/pages/", { params: { query: { limit: 5, state: "live" } } }));
const ids = listed.items.map((page) => page.id);
const beside = must(await client.GET("/api/v1/pages/", { params: { query: { limit: 5, fields: "*", include: "*" } } }));
const titles = Object.values(beside.included?.pages ?? {}).map((page) => page.title);

const paragraph: Block = { type: "paragraph", value: { format: "markdown", content: "They **hover**." } };
const body: NewPage = {
  parent: Number(parent),
  type: "standard.StandardPage",
  title: "Kestrels, by a program",
  fields: { standfirst: "Small falcons.", body: [paragraph] },
};
// @ts-expect-error: there is no such field.
const wrong: NewPage = { ...body, fields: { wings: 2 } };
void wrong;

const created = await client.POST("/api/v1/pages/", { body, params: { header: { "Idempotency-Key": crypto.randomUUID() } } });
const draft: Page = must(created);
const changed = must(await client.PATCH("/api/v1/pages/{id}/", {
  params: { path: { id: draft.id }, header: { "If-Match": created.response.headers.get("ETag") ?? "*" } },
  body: { title: "Hovering kestrels" },
}));
const live = must(await client.POST("/api/v1/pages/{id}/publish/", { params: { path: { id: draft.id } }, body: {} }));
const seen = await client.GET("/api/v2/pages/{id}/", { params: { path: { id: draft.id } } });
const refused = await client.POST("/api/v1/pages/", { body: { ...body, parent: 999_999_999 } });

console.log(JSON.stringify({
  user: whoami.user.username,
  listed: ids.length,
  title: changed.title,
  live: live.meta.live,
  seen: seen.response.status,
  included: titles.length > 0,
  refused: refused.error?.errors?.[0]?.pointer,
}));
