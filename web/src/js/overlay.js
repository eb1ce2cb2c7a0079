import { $, on, ready } from "./dom.js"
// Dialogs: data-open=ID shows one, data-close closes the one around it, a click on the backdrop too.
export const open = id => { const d = document.getElementById(id); if (d && !d.open) d.showModal(); return d }
on("click", "[data-open]", (el, e) => { if (open(el.dataset.open)) e.preventDefault() })
on("click", "[data-close]", el => el.closest("dialog,[popover]")?.[el.closest("dialog") ? "close" : "hidePopover"]())
on("click", "dialog", (el, e) => { if (e.target === el && !el.querySelector("form[data-guard].dirty")) el.close() })
on("click", "[data-print]", () => print())
ready(() => $("dialog[data-show]:not([open])")?.showModal())
// <a data-drawer="#why" href="/figures/x">: the part #why of that page, in the drawer instead of on a page of its own.
on("click", "a[data-drawer]", (el, e) => {
  const d = $("#drawer")
  if (!d || e.ctrlKey || e.metaKey || e.shiftKey || e.button) return
  e.preventDefault()
  const t = $("#drawer-t"); if (t) t.textContent = el.dataset.title || el.textContent.trim()
  const full = $("a[data-full]", d); if (full) full.href = el.href
  htmx.ajax("GET", el.getAttribute("href"), { target: "#drawer-b", select: el.dataset.drawer || "main", swap: "innerHTML" })
  if (!d.open) d.showModal()
})
// Popover menus stand under their button, or above it where there is no room.
const place = m => {
  const b = $(`[popovertarget="${m.id}"]`)?.getBoundingClientRect()
  if (!b) return
  const w = m.offsetWidth, h = m.offsetHeight
  m.style.left = Math.max(8, Math.min(b.left, innerWidth - w - 8)) + "px"
  m.style.top = (b.bottom + 4 + h > innerHeight - 8 ? Math.max(8, b.top - h - 4) : b.bottom + 4) + "px"
}
document.addEventListener("toggle", e => {
  const m = e.target
  if (!m.matches?.(".menu") || e.newState !== "open") return
  place(m)
  $("input:checked,input,a,button", m)?.focus()
}, true)
ready(() => { const m = $(".menu:popover-open"); if (m) place(m) }) // an answer put in place of the old page takes it away
on("keydown", ".menu", (m, e) => {
  const d = { ArrowDown: 1, ArrowUp: -1 }[e.key]
  if (!d || typing(e.target)) return
  const o = [...m.querySelectorAll("a,button,input")], i = o.indexOf(document.activeElement)
  e.preventDefault(); o[(i + d + o.length) % o.length]?.focus()
})
const typing = el => el.matches("input[type=search],input[type=text],textarea,select")
ready(doc => { const m = doc.querySelector(".menu[data-now]:not(:popover-open)"); if (m) { m.removeAttribute("data-now"); m.showPopover(); m.querySelector("input")?.focus() } }) // a filter that was just asked for
