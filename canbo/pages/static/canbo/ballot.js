/* The voter's side of a secret vote: RFC 9474 (RSABSSA-SHA384-PSS-Deterministic) with BigInt and WebCrypto, no library.
   What stands in canbo/ballots/device.py stands here step for step. Nothing that tells the choice leaves this device
   before the two bodies have signed; what leaves then carries no cookie. */
"use strict";

const hex = (octets) => Array.from(octets, (octet) => octet.toString(16).padStart(2, "0")).join("");
const unhex = (text) => Uint8Array.from(text.match(/../g) || [], (pair) => parseInt(pair, 16));
const number = (octets) => BigInt("0x" + (hex(octets) || "0"));
const octets = (value, length) => unhex(value.toString(16).padStart(2 * length, "0"));
const utf8 = (text) => new TextEncoder().encode(text);
const join = (...parts) => Uint8Array.from(parts.flatMap((part) => Array.from(part)));
const digest = async (name, data) => new Uint8Array(await crypto.subtle.digest(name, data));
const random = (length) => crypto.getRandomValues(new Uint8Array(length));

function power(base, exponent, modulus) {
  let result = 1n;
  for (base %= modulus; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * base) % modulus;
    base = (base * base) % modulus;
  }
  return result;
}

/* The inverse of `value`, or null where there is none. */
function inverse(value, modulus) {
  let [r, next, s, then] = [modulus, value % modulus, 0n, 1n];
  while (next > 0n) {
    const times = r / next;
    [r, next] = [next, r - times * next];
    [s, then] = [then, s - times * then];
  }
  return r === 1n ? ((s % modulus) + modulus) % modulus : null;
}

/* JSON with sorted keys and no spaces; names of options and marks are plain ASCII. */
const canonical = (choice) => JSON.stringify(Object.fromEntries(Object.keys(choice).sort().map((key) => [key, choice[key]])));

const HASH = 48;
const bitsOf = (n) => n.toString(2).length;

async function mask(seed, length) {
  const blocks = [];
  for (let count = 0; count * HASH < length; count += 1) blocks.push(await digest("SHA-384", join(seed, octets(BigInt(count), 4))));
  return join(...blocks).slice(0, length);
}

/* EMSA-PSS-ENCODE of RFC 8017 with SHA-384. */
async function encode(message, bits, salt) {
  const length = Math.ceil(bits / 8);
  const hashed = await digest("SHA-384", join(new Uint8Array(8), await digest("SHA-384", message), salt));
  const block = join(new Uint8Array(length - salt.length - HASH - 2), [1], salt);
  const over = await mask(hashed, block.length);
  const masked = block.map((octet, at) => octet ^ over[at]);
  masked[0] &= 0xff >> (8 * length - bits);
  return join(masked, hashed, [0xbc]);
}

/* Blind: {r, salt, blinded} as hexadecimal, kept on this device until the signature is back. */
async function blind(message, issuer) {
  const n = BigInt("0x" + issuer.n), length = Math.ceil(bitsOf(n) / 8), salt = random(HASH);
  const encoded = number(await encode(message, bitsOf(n) - 1, salt));
  let r;
  do r = number(random(length)); while (r < 2n || r >= n || inverse(r, n) === null);
  return { r: hex(octets(r, length)), salt: hex(salt), blinded: hex(octets((encoded * power(r, BigInt(issuer.e), n)) % n, length)) };
}

/* Unblind and check: the signature as hexadecimal, or null where it is none. */
async function finish(message, issuer, kept, answer) {
  const n = BigInt("0x" + issuer.n), length = Math.ceil(bitsOf(n) / 8);
  if (!/^[0-9a-f]+$/.test(answer)) return null;
  const signature = (BigInt("0x" + answer) * inverse(BigInt("0x" + kept.r), n)) % n;
  const wanted = number(await encode(message, bitsOf(n) - 1, unhex(kept.salt)));
  return power(signature, BigInt(issuer.e), n) === wanted ? hex(octets(signature, length)) : null;
}

async function receiptOf(terms, serial) {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const code = number((await digest("SHA-256", join(utf8("canbo receipt 1\n"), terms, serial))).slice(0, 10));
  let text = "";
  for (let at = 75n; at >= 0n; at -= 5n) text += letters[Number((code >> at) & 31n)];
  return text.match(/..../g).join("-");
}

window.canboBallot = { power, inverse, encode, blind, finish, receiptOf, canonical, hex, unhex, utf8, join, digest };

// ---- the page of an open vote

const form = document.querySelector("form[data-ballot]");
const data = document.getElementById("ballot-data") && JSON.parse(document.getElementById("ballot-data").textContent);
const show = (name) => {
  for (const part of document.querySelectorAll("[data-part]")) part.hidden = part.dataset.part !== name;
  const shown = document.querySelector(`[data-part="${name}"]`);
  if (shown && name !== "mark") { shown.focus(); shown.scrollIntoView({ block: "center" }); }
};
const fill = (text, values) => text.replace(/%\((\w+)\)s/g, (_, name) => values[name]);
const pause = (seconds) => new Promise((done) => { setTimeout(done, seconds * 1000); });

class Told extends Error {}

function chosen() {
  const marks = new FormData(form), choice = {};
  if (marks.get("blank")) return {};
  if (form.dataset.ballot === "one") {
    const one = marks.get("choice");
    return one === null ? null : one === "" ? {} : { [one]: "yes" };
  }
  for (const [name, mark] of marks) if (name.startsWith("option-")) choice[name.slice(7)] = mark;
  return Object.keys(choice).length ? choice : null;
}

function review() {
  const choice = chosen(), wrong = document.querySelector("[data-wrong]");
  wrong.hidden = choice !== null;
  wrong.textContent = choice === null ? data.words.choose : "";
  if (choice === null) return;
  const told = document.querySelector("[data-told]");
  told.replaceChildren();
  const line = (text, mark) => {
    const row = document.createElement("p"), name = document.createElement("b");
    name.textContent = text;
    row.append(name, mark ? ": " + mark : "");
    told.append(row);
  };
  if (!Object.keys(choice).length) line(data.words.blank, "");
  for (const [option, mark] of Object.entries(choice)) line(data.labels[option], form.dataset.ballot === "one" ? "" : wordOf(mark));
  const yes = Object.values(choice).filter((mark) => mark === "yes").length;
  if (form.dataset.ballot === "approve_each" && yes > Number(form.dataset.atMost)) line(data.words.too_many, "");
  show("review");
}

const wordOf = (mark) => form.querySelector(`input[value="${CSS.escape(mark)}"]`).closest("label").textContent.trim();

function step(text) {
  const way = document.querySelector("[data-way]"), before = way.querySelector("[aria-current]");
  if (before) { before.removeAttribute("aria-current"); before.className = "done"; }
  const item = document.createElement("li");
  item.textContent = text;
  item.setAttribute("aria-current", "step");
  way.append(item);
  document.getElementById("live").textContent = text;
}

const place = () => "canbo-ballot-" + data.ident;
const keep = (state) => localStorage.setItem(place(), JSON.stringify(state));

/* Ask until an answer comes: what is asked twice gets the same answer, so asking again does no harm. */
async function ask(address, body, options) {
  for (let tries = 0; ; tries += 1) {
    let answer;
    try {
      answer = await fetch(address, {
        method: "POST", body: JSON.stringify(body), cache: "no-store", redirect: "error", ...options,
        headers: { "Content-Type": "application/json", "Accept-Language": document.documentElement.lang, ...options.headers },
      });
    } catch (problem) { answer = null; }
    if (answer && answer.status < 500) return { status: answer.status, ...(await answer.json().catch(() => ({}))) };
    if (tries >= 8) throw new Told(data.words.failed);
    document.getElementById("live").textContent = data.words.lost;
    await pause(Math.min(2 ** tries, 15));
  }
}

async function go(state) {
  show("going");
  document.querySelector("[data-figures]").hidden = true; // they are of before
  const terms = JSON.parse(data.terms), hash = await digest("SHA-256", utf8(data.terms));
  if (!hex(hash).toUpperCase().startsWith(form.dataset.fingerprint.replaceAll("-", ""))) throw new Told(data.words.altered);
  step(data.words.sealing);
  const serial = unhex(state.serial);
  const message = join(utf8("canbo ballot 1\n"), hash, serial, utf8(canonical(state.choice)));
  for (const issuer of terms.issuers) {
    const body = String(issuer.body);
    step(fill(data.words.asking, { body: data.bodies[body] }));
    if (state.signatures[body]) continue;
    if (!state.blinds[body]) { state.blinds[body] = await blind(message, issuer); keep(state); }
    const token = form.querySelector("[name=csrfmiddlewaretoken]").value;
    const answer = await ask(data.issue, { issuer: issuer.body, blinded: state.blinds[body].blinded },
      { credentials: "same-origin", headers: { "X-CSRFToken": token } });
    if (!answer.signature) throw new Told(answer.sentence || data.words.failed);
    const signature = await finish(message, issuer, state.blinds[body], answer.signature);
    if (signature === null) throw new Told(fill(data.words.cheated, { body: data.bodies[body] }));
    state.signatures[body] = signature;
    keep(state);
  }
  const [least, most] = data.wait, left = data.closes - Date.now() / 1000 - 20;
  const drawn = least + ((most - least) * new DataView(random(4).buffer).getUint32(0)) / 2 ** 32;
  const seconds = Math.max(0, Math.min(drawn, left));
  step(fill(data.words.waiting, { seconds: Math.round(seconds).toLocaleString(document.documentElement.lang) }));
  await pause(seconds);
  step(data.words.casting);
  const answer = await ask(data.cast, { serial: state.serial, choice: state.choice, signatures: state.signatures },
    { credentials: "omit", referrerPolicy: "no-referrer", headers: {} });
  const receipt = await receiptOf(hash, serial);
  if (answer.receipt !== receipt && answer.reason !== "reused") throw new Told(answer.sentence || data.words.failed);
  localStorage.removeItem(place());
  document.querySelector("[data-receipt]").textContent = receipt;
  document.getElementById("live").textContent = data.words.done;
  show("receipt");
}

function begin(state) {
  go(state).catch((problem) => {
    const wrong = document.querySelector("[data-failed]");
    wrong.textContent = problem instanceof Told ? problem.message : data.words.failed;
    show("failed");
  });
}

if (form && data) {
  const before = localStorage.getItem(place());
  if (!window.isSecureContext || !crypto.subtle) {
    document.querySelector("[data-failed]").textContent = data.words.insecure;
    show("failed");
  } else if (before) {
    document.getElementById("live").textContent = data.words.resume;
    begin(JSON.parse(before));
  } else if (Number(form.dataset.issued)) {
    show("given");
  } else {
    show("mark");
    form.addEventListener("submit", (event) => { event.preventDefault(); review(); });
    document.querySelector("[data-change]").addEventListener("click", () => show("mark"));
    document.querySelector("[data-cast]").addEventListener("click", () => {
      const state = { serial: hex(random(32)), choice: chosen(), blinds: {}, signatures: {} };
      keep(state);
      begin(state);
    }, { once: true });
    form.addEventListener("change", (event) => {
      document.querySelector("[data-wrong]").hidden = true;
      const blank = form.querySelector("[name=blank]");
      if (!blank) return;
      if (event.target === blank && blank.checked) for (const input of form.querySelectorAll("input[type=radio]")) input.checked = false;
      if (event.target !== blank) blank.checked = false;
    });
  }
}

// ---- the page of a closed vote: a receipt is looked for on this device, and nobody is told which

const finder = document.querySelector("form[data-find]");
if (finder) {
  finder.addEventListener("submit", async (event) => {
    event.preventDefault();
    const wanted = finder.querySelector("input").value.toUpperCase().replace(/[^A-Z2-7]/g, "").replace(/(.{4})(?=.)/g, "$1-");
    const said = document.querySelector("[data-said]");
    for (const row of document.querySelectorAll("[data-code]")) row.classList.toggle("mine", row.dataset.code === wanted);
    const found = document.querySelector(".mine[data-code]");
    said.textContent = "";
    if (found) { found.scrollIntoView({ block: "center" }); found.focus(); return; }
    const file = await (await fetch(finder.dataset.find, { cache: "no-store" })).json();
    const ballot = file.ballots.find((each) => each.receipt === wanted);
    const words = JSON.parse(document.getElementById("find-data").textContent);
    const label = (id) => file.terms.options.find((option) => option.id === id).label;
    said.textContent = ballot
      ? wanted + " · " + (Object.entries(ballot.choice).map(([id, mark]) => label(id) + ": " + words.marks[mark]).join(" · ") || words.blank)
      : words.none;
  });
}
