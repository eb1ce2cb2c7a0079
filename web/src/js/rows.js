import { $, $$, on, ready, typing } from "./dom.js"
// Chosen rows: check boxes named id; #bulk shows how many and what can be done with them.
let last
const boxes = () => $$("input[type=checkbox][name=id]")
const count = () => {
  const all = boxes(), n = all.filter(b => b.checked).length, bar = $("#bulk"), head = $("[data-all]")
  if (bar) { bar.hidden = !n; const t = $("[data-n]", bar); if (t) t.textContent = n }
  if (head) { head.checked = n > 0 && n === all.length; head.indeterminate = n > 0 && n < all.length }
}
const set = (list, v) => { list.forEach(b => b.checked = v); count() }
on("click", "[name=id]", (el, e) => {
  const all = boxes()
  if (e.shiftKey && last?.isConnected) { const [a, b] = [all.indexOf(last), all.indexOf(el)].sort((x, y) => x - y); all.slice(a, b + 1).forEach(c => c.checked = el.checked) }
  last = el; count()
})
on("change", "[data-all]", el => set(boxes(), el.checked))
on("click", "[data-unselect]", () => set(boxes(), false))
ready(count)
// j and k walk down the rows, x chooses, Enter opens (the focus is on the row's link).
document.addEventListener("keydown", e => {
  if (!"jkx".includes(e.key) || e.ctrlKey || e.metaKey || e.altKey || typing(e.target) || $("dialog[open]") || document.documentElement.dataset.keys === "off") return
  const links = $$("table.grid tbody th a, [data-rows] a[data-row]")
  if (!links.length) return
  const row = document.activeElement.closest?.("tr,li"), i = links.findIndex(a => row && row.contains(a))
  if (e.key === "x") { const b = row && $("[name=id]", row); if (b) { b.click(); e.preventDefault() } return }
  links[Math.max(0, Math.min(links.length - 1, i + (e.key === "j" ? 1 : -1)))].focus()
})
// A wide chart opens at the part that matters.
ready(() => $$("[data-scroll-to]:not([data-aimed])").forEach(w => {
  const t = $(w.dataset.scrollTo, w)?.getBoundingClientRect()
  w.dataset.aimed = ""
  if (t) w.scrollLeft += t.left - w.getBoundingClientRect().left - w.clientWidth * .72
}))
