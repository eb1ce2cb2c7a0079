import { on } from "./dom.js"
// The theme is remembered in a cookie, so that the server sets it before the first paint.
on("click", "[data-theme-toggle]", () => {
  const h = document.documentElement
  const dark = h.dataset.theme ? h.dataset.theme === "dark" : matchMedia("(prefers-color-scheme:dark)").matches
  h.dataset.theme = dark ? "light" : "dark"
  document.cookie = `theme=${h.dataset.theme};path=/;max-age=31536000;samesite=lax${location.protocol === "https:" ? ";secure" : ""}`
})
