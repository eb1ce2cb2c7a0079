// Few helpers; listeners sit on the document, so they also serve what htmx swaps in later.
export const $ = (s, r = document) => r.querySelector(s)
export const $$ = (s, r = document) => [...r.querySelectorAll(s)]
export const on = (type, sel, fn) => document.addEventListener(type, e => { const el = e.target.closest?.(sel); if (el) fn(el, e) })
export const ready = fn => { fn(document); document.addEventListener("htmx:after:swap", () => fn(document)) }
export const make = (tag, props, ...kids) => { const n = Object.assign(document.createElement(tag), props); n.append(...kids); return n }
// word: the server puts the few words the script needs on <body data-t-…>, in the reader's language.
export const word = (key, english) => document.body.dataset["t" + key] || english
export const typing = el => el.matches?.("textarea,select,[contenteditable],input:not([type=checkbox],[type=radio])")
