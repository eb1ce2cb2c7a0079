// Package testkit gives tests real, empty databases of both kinds with the
// modules' tables in them, and a clock that stands still.
package testkit
