package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"steward/collect/agents"
	"steward/collect/fact"
)

func agentsCollector() collector {
	return collector{
		name: "agents", summary: "documents of GLPI, FusionInventory and OCS agents, from files or as they arrive",
		help: `Usage: steward collect agents FILE… [--users]
       steward collect agents --listen ADDRESS:PORT [--every 24h] [--users]

Reads agents' documents (JSON or XML, packed or not; - is standard input) and
prints what they tell in the same form as ` + "`steward collect host`" + `. With --listen
it answers unmodified agents and prints what arrives until it is interrupted.
Environment variables, command lines and user names are not kept; how many there
were is printed.

  --merge         a partial document is laid over the one before it
  --users         keep local accounts and groups
  --listen A:P    serve agents at this address; it takes whoever can reach it
  --every TIME    how often agents shall report (24h)

Example: steward collect agents computer.json network.xml
Example: steward collect agents --listen 127.0.0.1:8090`,
		schema: func() []byte {
			return factSchema("collect agents", map[string]any{"agent-document": agents.Document{}, agents.Computer: fact.Inventory{}, agents.Phone: fact.Inventory{},
				agents.Network: agents.Equipment{}, agents.Printer: agents.Equipment{}, agents.Unmanaged: agents.Equipment{}})
		},
		run: func(ctx context.Context, s streams, args []string, emit fact.Emit) error {
			fs := newFlags("collect agents")
			listen := fs.String("listen", "", "")
			users := fs.Bool("users", false, "")
			merge := fs.Bool("merge", false, "")
			every := fs.Duration("every", 24*time.Hour, "")
			files, err := parse(fs, args)
			if err != nil {
				return err
			}
			o := agents.Options{Users: *users}
			switch {
			case *listen != "" && len(files) > 0:
				return wrongUse("give files or --listen, not both")
			case *listen != "":
				return serveAgents(ctx, s, *listen, *every, o, emit)
			case len(files) == 0:
				return wrongUse("name the documents to read, or an address with --listen")
			}
			var last *fact.Inventory
			for _, name := range files {
				doc, err := agentDocument(name, o)
				if err != nil {
					return err
				}
				if *merge && doc.Partial && last != nil {
					if doc.Inventory, err = agents.Merge(*last, doc.Inventory); err != nil {
						return fmt.Errorf("%s: %w", name, err)
					}
				}
				if doc.HasInventory() && len(doc.Equipment) == 0 {
					last = &doc.Inventory
				}
				if err := agents.Observations(doc, name, emit); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

func agentDocument(name string, o agents.Options) (agents.Document, error) {
	f := os.Stdin
	if name != "-" {
		var err error
		if f, err = os.Open(name); err != nil {
			return agents.Document{}, wrongUse("%s", err)
		}
		defer f.Close()
	}
	doc, err := agents.Parse(f, "", o)
	if err != nil {
		return doc, wrongUse("%s: %s", name, err)
	}
	return doc, nil
}

func serveAgents(ctx context.Context, s streams, address string, every time.Duration, o agents.Options, emit fact.Emit) error {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	var one sync.Mutex
	server := &http.Server{ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 5 * time.Minute, WriteTimeout: 5 * time.Minute, Handler: &agents.Handler{Every: every, Options: o,
		Receive: func(_ context.Context, from agents.Peer, doc agents.Document) error {
			one.Lock()
			defer one.Unlock()
			return agents.Observations(doc, from.Address, emit)
		}}}
	fmt.Fprintf(s.err, "agents are served at http://%s/\n", l.Addr())
	stop := context.AfterFunc(ctx, func() {
		late, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = server.Shutdown(late)
	})
	defer stop()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
