// Command steward-agent is the agent alone, for machines that only report.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"syscall"

	"steward/agent/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	args := os.Args[1:]
	if len(args) > 0 && args[0] == "agent" { // called as the whole program is
		args = args[1:]
	}
	if len(args) > 0 {
		switch args[0] {
		case "help", "--help", "-h", "-help":
			fmt.Print(cli.Help("steward-agent"))
			return
		case "version":
			fmt.Printf("steward-agent %s %s %s/%s\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return
		}
	}
	err := cli.Run(ctx, os.Stdout, os.Stderr, args, version())
	if err != nil {
		fmt.Fprintf(os.Stderr, "steward-agent: %v\n", err)
	}
	os.Exit(cli.Exit(err))
}

// version is the commit the program was built from, or "dev".
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "dev"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return s.Value[:12]
		}
	}
	return "dev"
}
