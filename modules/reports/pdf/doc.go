// Package pdf sets a report on A4 paper: text, tables with repeated heads, charts
// as vectors, embedded fonts, page numbers and bookmarks.
//
// The same document gives the same bytes: dates come from the document, and nothing
// depends on the clock or on the order of a map.
package pdf
