"use strict";

const words = JSON.parse(document.getElementById("words").textContent);
const byId = (id) => document.getElementById(id);
const locale = document.documentElement.lang === "en" ? "en-GB" : "pl-PL";
const warsaw = { timeZone: "Europe/Warsaw" };

function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

async function call(method, path, body) {
  const options = { method, headers: { Accept: "application/json" } };
  if (body !== undefined) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  const answer = await fetch(path, options);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${answer.status} ${text.slice(0, 200)}`);
  return text ? JSON.parse(text) : null;
}

// ---- what the simulator holds ----

const duration = (seconds) => {
  const sign = seconds < 0 ? "−" : "+";
  const total = Math.abs(seconds);
  const parts = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
  let rest = total;
  const shown = [];
  for (const [size, unit] of parts) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count) shown.push(`${count} ${unit}`);
  }
  return sign + shown.slice(0, 2).join(" ");
};

function showState(state) {
  const faults = state.faults || [];
  const active = faults.filter((fault) => fault.times !== 0);
  const status = (state.latarnia && state.latarnia.status) || "AVAILABLE";
  const said = state.latarnia || {};
  const calm = active.length === 0 && status === "AVAILABLE"
    && !said.broken && !said.word;
  const overall = byId("overall");
  overall.textContent = calm ? words.normal : words.disturbed;
  overall.className = calm ? "verdict good" : "verdict wrong";
  byId("now").textContent = state.now
    ? new Date(state.now).toLocaleString(locale, { ...warsaw, dateStyle: "short", timeStyle: "medium" })
    : "–";
  byId("offset").textContent = state.clockOffset ? duration(state.clockOffset) : words.exactTime;
  byId("latarnia").textContent = said.broken || said.word || words.latarnia[status] || status;
  byId("limits").textContent = words.limits[state.limits] || state.limits || "–";
  byId("keys").textContent = String((state.keys || []).length);
  byId("sessions").textContent = String(state.sessions ?? "–");
  byId("invoice-count").textContent = String(state.invoices ?? "–");
  showFaults(active);
}

function showFaults(faults) {
  byId("faults-section").hidden = faults.length === 0;
  byId("faults").replaceChildren(...faults.map((fault) => {
    const line = element("li");
    line.append(element("strong", words.kinds[fault.kind] || fault.kind));
    line.append(fault.operation in words.aims
      ? element("span", words.aims[fault.operation]) : element("code", fault.operation));
    const left = fault.times === null || fault.times === undefined
      ? words.untilRemoved : `${words.left} ${fault.times}`;
    line.append(element("span", left, "quiet"));
    if (fault.seconds) line.append(element("span", `${fault.seconds} ${words.seconds}`, "quiet"));
    if (fault.seen) line.append(element("span", `${words.met}: ${fault.seen}`, "quiet"));
    const button = element("button", words.remove);
    button.type = "button";
    button.addEventListener("click", () => act(button, () =>
      call("DELETE", `/control/faults/${encodeURIComponent(fault.id)}`)));
    line.append(button);
    return line;
  }));
}

const base64url = (hex) => btoa(String.fromCharCode(
  ...hex.match(/../g).map((pair) => parseInt(pair, 16)),
)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");

function statusOf(invoice) {
  const status = invoice.status;
  const code = typeof status === "object" && status !== null ? status.code : status;
  const said = invoice.statusDescription || (status && status.description) || "";
  return { code: Number(code), text: [code, said].filter((part) => part).join(" ") };
}

function showInvoices(invoices) {
  if (invoices.length === 0) {
    const line = element("tr");
    const cell = element("td", words.noInvoices, "empty");
    cell.colSpan = 7;
    line.append(cell);
    byId("invoices").replaceChildren(line);
    return;
  }
  byId("invoices").replaceChildren(...invoices.slice(-50).reverse().map((invoice) => {
    const line = element("tr");
    const received = invoice.acquisitionDate || invoice.invoicingDate;
    const status = statusOf(invoice);
    const said = element("td", status.text,
      status.code === 200 ? "good" : status.code >= 400 ? "wrong" : "");
    for (const detail of (invoice.statusDetails || []).slice(0, 3)) {
      said.append(element("small", detail));
    }
    line.append(
      element("td", received ? new Date(received).toLocaleString(locale, warsaw) : "–"),
      element("td", invoice.invoiceNumber || "–", "free"),
      element("td", invoice.nip || "–", "number"),
      said,
      element("td", invoice.ksefNumber || "–", "number"),
    );
    const mode = element("td", invoice.invoicingMode || "–");
    if (invoice.offlineDeclared) mode.append(element("small", words.declaredOffline));
    if (invoice.sessionKind === "Batch") mode.append(element("small", words.batch));
    if (invoice.timesReceived > 1) {
      mode.append(element("small", words.timesReceived + invoice.timesReceived));
    }
    line.append(mode);
    const last = element("td");
    if (invoice.ksefNumber && invoice.issueDate && invoice.sha256) {
      const link = element("a", words.verify);
      const day = invoice.issueDate.split("-").reverse().join("-");
      const seller = invoice.sellerNip || invoice.nip;
      link.href = `/invoice/${seller}/${day}/${base64url(invoice.sha256)}`;
      last.append(link);
    }
    line.append(last);
    return line;
  }));
}

// ---- who gets in ----

const moment = (text) => (text ? new Date(text).toLocaleString(locale, warsaw) : "–");

function lever(text, hint, work) {
  const button = element("button", text);
  button.type = "button";
  if (hint) button.title = hint;
  button.addEventListener("click", () => act(button, work));
  return button;
}

function showCertificates(certificates) {
  byId("certificates-section").hidden = certificates.length === 0;
  byId("certificates").replaceChildren(...certificates.slice(-20).reverse().map((one) => {
    const line = element("tr");
    const levers = element("td");
    if (one.status === "Active") {
      const path = `/control/certificates/${one.serial}`;
      levers.append(
        lever(words.endsSoon, words.endsSoonHint, () =>
          call("POST", `${path}/shorten`, { seconds: 7 * 86400 })),
        " ",
        lever(words.endsNow, words.endsNowHint, () =>
          call("POST", `${path}/shorten`, { seconds: 0 })),
        " ",
        lever(words.revoke, "", () => call("POST", `${path}/revoke`, {})),
      );
    }
    line.append(
      element("td", one.owner),
      element("td", one.name, "free"),
      element("td", words.types[one.type] || one.type),
      element("td", words.states[one.status] || one.status,
        one.status === "Active" ? "good" : "wrong"),
      element("td", moment(one.validTo)),
      element("td", one.serial, "number"),
      levers,
    );
    return line;
  }));
}

function showTokens(tokens) {
  byId("tokens-section").hidden = tokens.length === 0;
  byId("tokens").replaceChildren(...tokens.slice(-20).reverse().map((one) => {
    const line = element("tr");
    const levers = element("td");
    if (one.status === "Active" || one.status === "Pending") {
      const reference = encodeURIComponent(one.referenceNumber);
      levers.append(lever(words.revoke, "", () =>
        call("POST", `/control/ksef-tokens/${reference}/revoke`, {})));
    }
    line.append(
      element("td", moment(one.dateCreated)),
      element("td", one.description, "free"),
      element("td", one.context.value, "number"),
      element("td", words.states[one.status] || one.status,
        one.status === "Active" ? "good" : "wrong"),
      element("td", one.permissions.join(", "), "free"),
      element("td", moment(one.lastUseDate)),
      levers,
    );
    return line;
  }));
}

function showBlocked(contexts) {
  byId("blocked").replaceChildren(...contexts.map((one) => {
    const line = element("li");
    line.append(
      element("code", one.value),
      element("span", one.calls ? words.blockedCalls : words.blockedLogins, "quiet"),
      lever(words.unblock, "", () =>
        call("POST", "/control/contexts/unblock", { type: one.type, value: one.value })),
    );
    return line;
  }));
}

for (const button of document.querySelectorAll("[data-context]")) {
  button.addEventListener("click", () => act(button, () =>
    call("POST", "/control/contexts/block", {
      value: byId("context").value.trim(), calls: "calls" in button.dataset,
    })));
}

// What has not changed is not drawn again: nobody's click goes astray.
const drawn = {};
function draw(name, content, show) {
  const now = JSON.stringify(content);
  if (drawn[name] !== now) show(content);
  drawn[name] = now;
}

let shown = "";
async function refresh() {
  try {
    const [state, answer, certificates, tokens] = await Promise.all([
      call("GET", "/control/state"), call("GET", "/control/invoices"),
      call("GET", "/control/certificates"), call("GET", "/control/ksef-tokens"),
    ]);
    showState(state);
    draw("certificates", certificates, showCertificates);
    draw("tokens", tokens, showTokens);
    draw("blocked", state.blockedContexts || [], showBlocked);
    const invoices = Array.isArray(answer) ? answer : answer.invoices || [];
    const now = JSON.stringify(invoices);
    if (now !== shown) showInvoices(invoices);
    shown = now;
  } catch (error) {
    byId("overall").textContent = words.unreachable;
    byId("overall").className = "verdict wrong";
  }
}

// ---- the levers ----

let hiding;
function say(text, good) {
  const outcome = byId("outcome");
  window.clearTimeout(hiding);
  // A failure stays until the next attempt: it has to be read.
  if (good) hiding = window.setTimeout(() => { outcome.hidden = true; }, 4000);
  outcome.textContent = text;
  outcome.className = `message toast ${good ? "good" : "wrong"}`;
  outcome.hidden = false;
}

async function act(button, work) {
  button.disabled = true;
  try {
    await work();
    say(words.done, true);
  } catch (error) {
    say(words.failed + error.message, false);
  } finally {
    button.disabled = false;
  }
  await refresh();
}

for (const button of document.querySelectorAll("[data-fault]")) {
  button.addEventListener("click", () => act(button, () => {
    const kind = button.dataset.fault;
    const body = { kind, operation: button.dataset.operation || "*", times: 1 };
    if (kind === "outage" || "forever" in button.dataset) body.times = null;
    if ("aim" in button.dataset) {
      body.operation = byId("operation").value;
      body.times = byId("times").value ? Number(byId("times").value) : null;
    }
    if ("seconds" in button.dataset) body.seconds = Number(byId("seconds").value);
    return call("POST", "/control/faults", body);
  }));
}

for (const button of document.querySelectorAll("[data-post]")) {
  button.addEventListener("click", () => act(button, () =>
    call("POST", button.dataset.post, JSON.parse(button.dataset.body || "{}"))));
}

// The coming midnight in Warsaw, whatever the browser's own zone.
function warsawMidnight(from) {
  const parts = Object.fromEntries(new Intl.DateTimeFormat("en-GB", {
    ...warsaw, hourCycle: "h23", hour: "2-digit", minute: "2-digit", second: "2-digit",
  }).formatToParts(from).map((part) => [part.type, Number(part.value)]));
  const passed = parts.hour * 3600 + parts.minute * 60 + parts.second;
  return new Date(Math.floor(from.getTime() / 1000) * 1000 + (86400 - passed) * 1000);
}

const outage = ["/control/faults", { kind: "outage", operation: "*", times: null }];
const announcements = {
  soon: (now) => {
    const start = new Date(now.getTime() + 300e3);
    return [["/control/latarnia", {
      type: "MAINTENANCE_ANNOUNCEMENT",
      start: start.toISOString(),
      end: new Date(start.getTime() + 3600e3).toISOString(),
    }]];
  },
  correct: (now, messages) => {
    const body = { correct: messages.length ? messages[0].id : "last" };
    if (messages.length && messages[0].type === "MAINTENANCE_ANNOUNCEMENT") {
      body.end = new Date(new Date(messages[0].end).getTime() + 3600e3).toISOString();
    }
    return [["/control/latarnia", body]];
  },
  maintenance: (now) => {
    const start = warsawMidnight(now);
    return [["/control/latarnia", {
      type: "MAINTENANCE_ANNOUNCEMENT",
      start: start.toISOString(),
      end: new Date(start.getTime() + 4 * 3600e3).toISOString(),
    }]];
  },
  failure: () => [["/control/latarnia", { status: "FAILURE" }], outage],
  total: () => [["/control/latarnia", { status: "TOTAL_FAILURE" }], outage],
  end: () => [["/control/latarnia", { type: "FAILURE_END" }]],
};

for (const button of document.querySelectorAll("[data-latarnia]")) {
  button.addEventListener("click", () => act(button, async () => {
    const state = await call("GET", "/control/state");
    const now = state.now ? new Date(state.now) : new Date();
    const told = (state.latarnia && state.latarnia.messages) || [];
    for (const [path, body] of announcements[button.dataset.latarnia](now, told)) {
      await call("POST", path, body);
    }
    if (button.dataset.latarnia === "end") {
      for (const fault of (state.faults || []).filter((one) => one.kind === "outage")) {
        await call("DELETE", `/control/faults/${encodeURIComponent(fault.id)}`);
      }
    }
  }));
}

byId("remove-all").addEventListener("click", (event) =>
  act(event.currentTarget, () => call("DELETE", "/control/faults")));
byId("set-clock").addEventListener("click", (event) =>
  act(event.currentTarget, () =>
    call("POST", "/control/clock", { offset: Number(byId("clock").value) })));
byId("reset").addEventListener("click", (event) => {
  if (window.confirm(words.confirmReset)) {
    act(event.currentTarget, () => call("POST", "/control/reset", {}));
  }
});

refresh();
window.setInterval(refresh, 2000);
