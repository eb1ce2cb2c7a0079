// Cards moved by pointer, touch and keyboard (M). Only pages with a board load it.
import Sortable from "../vendor/sortable.esm.js"
const $ = (s, r = document) => r.querySelector(s)
const board = $(".board"), d = $("#mv")
// the card goes back where it was when the server refuses
const post = async (card, lane, back) => {
  const before = card.nextElementSibling?.dataset.id ?? ""
  const r = await fetch(board.dataset.move, { method: "POST", headers: { "HX-Request": "true" }, body: new URLSearchParams({ id: card.dataset.id, lane, before, rev: card.dataset.rev ?? "" }) }).catch(() => null)
  if (!r?.ok) { back(); recount(); say((await r?.text().catch(() => "")) || document.body.dataset.tOffline || "No answer from the server.") }
  else if (r.headers.get("X-Rev")) card.dataset.rev = r.headers.get("X-Rev")
}
const say = (text, undo) => document.dispatchEvent(new CustomEvent("say", { detail: { text, undo } }))
const recount = () => document.querySelectorAll(".lane").forEach(l => { const c = $(".cnt", l); if (!c) return; const w = c.textContent.split("/")[1]; c.textContent = l.querySelectorAll(".tk").length + (w ? " /" + w : "") })
document.querySelectorAll("[data-lane]").forEach(l => new Sortable(l, {
  group: "t", animation: 120, ghostClass: "drag", delayOnTouchOnly: true, delay: 150,
  onEnd: e => { const ref = e.from.children[e.oldIndex + (e.from === e.to && e.newIndex < e.oldIndex ? 1 : 0)] ?? null; recount(); post(e.item, e.to.dataset.lane, () => e.from.insertBefore(e.item, ref)) },
}))
let card
document.addEventListener("keydown", e => {
  if (e.key.toLowerCase() !== "m" || !e.target.matches(".tk") || !d) return
  card = e.target; $("[data-what]", d).textContent = card.dataset.id + " " + $("a", card).textContent; d.returnValue = ""; d.showModal()
})
d?.addEventListener("close", () => {
  if (!d.returnValue) return
  const to = $(`[data-lane="${d.returnValue}"]`), from = card.parentElement, next = card.nextElementSibling, it = card
  const back = () => { from.insertBefore(it, next); recount() }
  to.prepend(it); recount(); it.focus(); post(it, d.returnValue, back)
  say((board.dataset.moved || "{card} moved to {lane}").replace("{card}", it.dataset.id).replace("{lane}", to.dataset.name), () => { back(); post(it, from.dataset.lane, () => {}) })
})
