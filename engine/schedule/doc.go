// Package schedule says when the tasks of a project can start and finish, and
// why: critical path with every kind of link, lag, constraint, calendar and
// progress; levelling under limited resources with a proven bound; schedule
// risk by simulation; earned value. It reads and writes Microsoft Project XML
// and reads Primavera XER. Method, sources and limits: docs/engines/schedule.md.
package schedule
