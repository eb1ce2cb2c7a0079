// Package report holds what a report is made of: sections that modules
// contribute, and the blocks in them. How it looks on paper, in a workbook or on a
// page is the reports module's.
//
// A section reads as the reader it is made for, and as of the report's month: the
// same month from the same data gives the same blocks, whatever the clock says.
package report
