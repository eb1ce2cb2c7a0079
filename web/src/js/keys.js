import { $, $$, make, typing } from "./dom.js"
import { open } from "./overlay.js"
// data-key="c" or "g v" on a link, button or input says which key reaches it; data-keys="off" on <html> switches all off.
let first = "", at = 0
const off = () => document.documentElement.dataset.keys === "off"
const shown = el => el.checkVisibility ? el.checkVisibility() : el.offsetParent
const find = k => $$(`[data-key="${CSS.escape(k)}"]`).find(el => shown(el) || el.closest("nav,.menu"))
document.addEventListener("keydown", e => {
  if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === "k" && $("#cmdk")) { e.preventDefault(); open("cmdk"); $("#cmdk input").select(); return }
  if (off() || e.ctrlKey || e.metaKey || e.altKey || e.defaultPrevented || typing(e.target) || $("dialog[open]")) return
  const k = e.key
  if (k === "?" && list()) return e.preventDefault()
  const el = Date.now() - at < 1200 && find(first + " " + k) || find(k)
  at = 0
  if (el) { e.preventDefault(); typing(el) ? (el.focus(), el.select?.()) : el.click(); return }
  if (/^[a-z]$/.test(k) && $(`[data-key^="${k} "]`)) { first = k; at = Date.now() }
})
// ? lists the keys of this page, with the names their buttons have.
const name = el => el.getAttribute("aria-label") || el.title || (el.labels?.[0] || el).textContent.trim() || el.placeholder || ""
const list = () => {
  const d = $("#keys"), dl = d && $("[data-keylist]", d)
  if (!dl) return false
  const seen = new Set()
  dl.replaceChildren(...$$("[data-key]").filter(el => !seen.has(el.dataset.key) && seen.add(el.dataset.key)).flatMap(el => [
    make("dt", {}, ...el.dataset.key.split(" ").map(k => make("kbd", { textContent: k }))), make("dd", { textContent: name(el) })]), ...[...(d.querySelector("template")?.content.children ?? [])].map(n => n.cloneNode(true)))
  d.showModal()
  return true
}
