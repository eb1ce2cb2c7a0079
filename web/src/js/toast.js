import { $, $$, make, word, ready } from "./dom.js"
// toast says what happened; undo is the address a POST takes it back with. The server sends one as
// HX-Trigger: {"toast":{"text":"…","undo":"/undo/…"}}, or writes .toast into #toasts after a redirect.
const fade = t => { let n = setTimeout(() => t.remove(), 10000); t.onpointerenter = t.onfocusin = () => clearTimeout(n); t.onpointerleave = t.onfocusout = () => { n = setTimeout(() => t.remove(), 4000) } }
export const toast = (text, undo, bad) => {
  const t = make("div", { className: "toast" + (bad ? " bad" : "") }, make("span", { textContent: text }))
  if (typeof undo === "function") t.append(make("button", { type: "button", textContent: word("Undo", "Undo"), onclick: () => { undo(); t.remove() } }))
  else if (undo) t.append(make("form", { method: "post", action: undo }, make("button", { textContent: word("Undo", "Undo") })))
  $("#toasts")?.append(t); fade(t)
}
document.addEventListener("toast", e => { const d = e.detail?.value ?? e.detail; typeof d === "string" ? toast(d) : toast(d.text, d.undo, d.bad) })
ready(() => $$("#toasts>.toast:not([data-seen])").forEach(t => { t.dataset.seen = ""; fade(t) }))
document.addEventListener("click", async e => {
  const el = e.target.closest?.("[data-copy]"); if (!el) return
  await navigator.clipboard?.writeText(el.dataset.copy || location.href); toast(word("Copied", "Copied"))
})
document.addEventListener("htmx:error", e => { if (e.detail?.ctx?.status !== "aborted" && e.detail?.error?.name !== "AbortError") toast(word("Offline", "No answer from the server. Nothing was saved; try again."), null, true) })
// board.js is a script of its own and says what it did by this event
document.addEventListener("say", e => toast(e.detail.text, e.detail.undo))
