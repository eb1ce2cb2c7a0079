// Package web serves the pages: the shell around every page, the generic list,
// form and record pages that every record type gets, sign-in, search and
// errors. A module adds pages as Routes and extends other modules' record pages
// with Panels; everything else follows from the record definitions.
//
// A page is computed in Go and arranged by an html/template that is checked
// against the page's struct. The URL holds all state, every page works as a
// plain GET without script, and a failed form comes back with what was typed.
package web
