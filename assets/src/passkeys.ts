// Passkeys: signing in with one, and adding one. What is said stands in the page; without this script nothing of it is shown.

type Refusal = { error?: string; message?: string };
type Begun = { ceremony: string; options: { publicKey: Options } };
type Done = { next: string };
type Descriptor = { id: string; type: "public-key" };
/** As the server sends them: bytes in base64url. */
type Options = {
  challenge: string;
  user?: { id: string; name: string; displayName: string };
  excludeCredentials?: Descriptor[];
  allowCredentials?: Descriptor[];
};

/** A refusal in the server's words. */
class Refused extends Error {
  constructor(
    message: string,
    readonly code = "",
  ) {
    super(message);
  }
}

const bytes = (text: string) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));

function text(buffer: ArrayBuffer | null): string | undefined {
  if (!buffer) return undefined;
  const letters = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
  return btoa(letters).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

async function post<T>(url: string, value: object, unreached: string): Promise<T> {
  const headers = { "Content-Type": "application/json", Accept: "application/json" };
  let response: Response;
  try {
    response = await fetch(url, { method: "POST", headers, body: JSON.stringify(value) });
  } catch {
    throw new Refused(unreached);
  }
  const body = (await response.json().catch(() => ({}))) as T & Refusal;
  if (!response.ok) throw new Refused(body.message ?? unreached, body.error);
  return body;
}

function ready(options: Options): object {
  const known = (list?: Descriptor[]) => list?.map((one) => ({ ...one, id: bytes(one.id) }));
  return {
    ...options,
    challenge: bytes(options.challenge),
    ...(options.user && { user: { ...options.user, id: bytes(options.user.id) } }),
    excludeCredentials: known(options.excludeCredentials),
    allowCredentials: known(options.allowCredentials),
  };
}

/** What a device gave, as the server reads it. */
function answer(given: PublicKeyCredential): object {
  const { response } = given;
  const parts: Record<string, string | undefined> = { clientDataJSON: text(response.clientDataJSON) };
  if (response instanceof AuthenticatorAssertionResponse) {
    parts.authenticatorData = text(response.authenticatorData);
    parts.signature = text(response.signature);
    parts.userHandle = text(response.userHandle);
  } else {
    parts.attestationObject = text((response as AuthenticatorAttestationResponse).attestationObject);
  }
  return { id: given.id, rawId: text(given.rawId), type: given.type, response: parts };
}

/** Where problems of a part of the page are said, and how. */
function telling(part: HTMLElement) {
  const place = part.querySelector<HTMLElement>("[data-problem]")!;
  const words = part.querySelector<HTMLElement>("[data-words]")!.dataset;
  const tell = (said: string) => {
    place.hidden = said === "";
    place.textContent = said;
  };
  const explain = (error: unknown) => {
    const name = error instanceof Error ? error.name : "";
    if (error instanceof Refused) tell(error.message);
    else tell((name === "InvalidStateError" && words.known) || words.cancelled || "");
  };
  return { words, tell, explain };
}

function watchSignIn(part: HTMLElement): void {
  const { words, tell, explain } = telling(part);
  const button = part.querySelector("button")!;
  const next = part.dataset.next ?? "";
  const unreached = words.unreached ?? "";
  let waiting: AbortController | undefined;
  part.hidden = false;

  async function enter(how: { mediation?: CredentialMediationRequirement; signal?: AbortSignal }): Promise<void> {
    const begun = await post<Begun>("/admin/login/passkey/begin/", {}, unreached);
    const publicKey = ready(begun.options.publicKey) as PublicKeyCredentialRequestOptions;
    const given = (await navigator.credentials.get({ ...how, publicKey })) as PublicKeyCredential;
    const done = await post<Done>("/admin/login/passkey/", { ceremony: begun.ceremony, credential: answer(given), next }, unreached);
    location.assign(done.next);
  }

  /** The browser offers passkeys in the field of the name. Whoever does not take one is not disturbed. */
  async function offer(): Promise<void> {
    if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
    waiting = new AbortController();
    await enter({ mediation: "conditional", signal: waiting.signal }).catch((error: unknown) => {
      if (error instanceof Refused && error.message !== unreached) tell(error.message);
    });
  }

  button.addEventListener("click", () => {
    tell("");
    waiting?.abort();
    button.disabled = true;
    void enter({}).catch(explain).finally(() => (button.disabled = false));
  });
  void offer();
}

function watchAdding(form: HTMLFormElement): void {
  const { words, tell, explain } = telling(form);
  const button = form.querySelector("button")!;
  const current = form.querySelector<HTMLInputElement>("[name=current]")!;
  const unreached = words.unreached ?? "";
  form.hidden = false;

  async function add(): Promise<void> {
    const given = new FormData(form);
    const begun = await post<Begun>("/admin/account/passkeys/begin/", { current: given.get("current") }, unreached);
    const publicKey = ready(begun.options.publicKey) as PublicKeyCredentialCreationOptions;
    const made = (await navigator.credentials.create({ publicKey })) as PublicKeyCredential;
    const sent = { ceremony: begun.ceremony, name: given.get("name"), credential: answer(made) };
    const done = await post<Done>("/admin/account/passkeys/", sent, unreached);
    const next = new URL(done.next, location.href);
    // After a second one only the place in the page would differ, and nothing be loaded.
    if (next.pathname + next.search === location.pathname + location.search) location.reload();
    else location.assign(next);
  }

  function refuse(error: unknown): void {
    explain(error);
    if (!(error instanceof Refused) || error.code !== "wrong_password") return;
    current.setAttribute("aria-invalid", "true");
    current.focus();
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    tell("");
    current.removeAttribute("aria-invalid");
    button.disabled = true;
    void add().catch(refuse).finally(() => (button.disabled = false));
  });
}

const door = document.querySelector<HTMLElement>("[data-passkey-sign-in]");
const adding = document.querySelector<HTMLFormElement>("form[data-passkey-add]");
const missing = document.querySelector<HTMLElement>("[data-passkey-missing]");
if (typeof PublicKeyCredential === "function") {
  if (door) watchSignIn(door);
  if (adding) watchAdding(adding);
} else if (missing) {
  missing.hidden = false;
}
