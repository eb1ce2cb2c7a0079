package main

import (
	"os"
	"runtime"
	"runtime/debug"
)

// collectFor sets the garbage collector of a process that runs the command alone; the
// variable GOGC of Go's has the last word.
func collectFor(args []string) {
	if len(args) == 0 || os.Getenv("GOGC") != "" {
		return
	}
	switch args[0] {
	case "serve":
		debug.SetGCPercent(200) // a tenth less work for some 30 MB
	case "calc":
		// A short calculation may end before garbage is collected: each time all data of the
		// program are looked through, which may take longer than the calculation. From 64 MB
		// on memory is collected as usual.
		runtime.AddCleanup(new([64]byte), func(usual int) { debug.SetGCPercent(usual) }, debug.SetGCPercent(1600))
	}
}
