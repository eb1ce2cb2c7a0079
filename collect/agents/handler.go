package agents

import (
	"cmp"
	"compress/gzip"
	"compress/zlib"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"strings"
	"time"
)

// Paths are where agents post; offering all of them lets a change of the name
// alone move a fleet.
var Paths = []string{"/front/inventory.php", "/inventory", "/plugins/fusioninventory/", "/plugins/glpiinventory/",
	"/marketplace/glpiinventory/", "/ocsinventory"}

// ErrRefused, returned by Admit or Receive, is answered as forbidden and not logged as a fault.
var ErrRefused = errors.New("refused")

// Peer is who sends.
type Peer struct {
	Address string // network address of the last hop
	AgentID string // what a GLPI agent calls itself, a UUID; not proven
	Program string // User-Agent
}

// Handler answers agents. It holds no state and may serve many at once.
type Handler struct {
	// Receive takes each document that carries facts. Its error is what the
	// agent is told, and the agent tries again later.
	Receive func(ctx context.Context, from Peer, doc Document) error
	// Admit, if set, is asked before the body is read. Agents in the field
	// prove nothing about themselves, so the network, a password or a client
	// certificate must; r has them all.
	Admit func(r *http.Request) error
	// Every is how often agents shall report; 24 h if 0. GLPI agents come at
	// a random moment in its last tenth.
	Every   time.Duration
	Options Options
	// MaxPacked is the most a body may have as sent; 32 MiB if 0.
	MaxPacked int64
	Log       *slog.Logger // nil is silent
}

func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-cache,no-store")
	w.Header().Set("Pragma", "no-cache")
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", "POST")
		status := http.StatusMethodNotAllowed
		if r.Method == http.MethodGet && r.URL.Query().Has("action") {
			status = http.StatusBadRequest
		}
		h.json(w, status, answer{Status: "error", Message: "Inventory agents send with POST.", Expiration: h.hours()})
		return
	}
	from := Peer{Address: r.RemoteAddr, AgentID: clip(r.Header.Get("GLPI-Agent-ID")), Program: clip(r.UserAgent())}
	if h.Admit != nil {
		if err := h.Admit(r); err != nil {
			h.fail(w, wire{form: "json"}, from, http.StatusForbidden, err)
			return
		}
	}
	body := http.MaxBytesReader(w, r.Body, cmp.Or(h.MaxPacked, 32<<20))
	named := r.Header.Get("Content-Type") + " x-" + r.Header.Get("Content-Encoding")
	doc, how, err := parse(body, named, h.Options)
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large) || errors.Is(err, ErrTooLarge):
		h.fail(w, how, from, http.StatusRequestEntityTooLarge, err)
		return
	case err != nil:
		h.fail(w, how, from, http.StatusBadRequest, err)
		return
	}
	if doc.Agent == "" {
		doc.Agent = from.Program
		if doc.HasInventory() {
			doc.Inventory.Collector = cmp.Or(from.Program, "agent")
		}
	}
	h.answer(w, r, from, doc, how)
}

// answer is what GLPI's own server says in the same place.
type answer struct {
	Status      string          `json:"status"`
	Message     string          `json:"message,omitempty"`
	Expiration  int             `json:"expiration,omitempty"`
	Tasks       map[string]task `json:"tasks,omitempty"`
	Disabled    []string        `json:"disabled,omitempty"`
	Credentials *[]string       `json:"credentials,omitempty"`
}

// task tells an agent how to do it. The server's name is one the agent knows
// as speaking this protocol.
type task struct {
	Server     string `json:"server"`
	Version    string `json:"version"`
	NoCategory string `json:"no-category,omitempty"`
}

// disabled are the tasks that agents offer and Steward does not hand out.
var disabled = []string{"collect", "deploy", "esx", "netdiscovery", "netinventory", "remoteinventory", "wakeonlan"}

func (h *Handler) answer(w http.ResponseWriter, r *http.Request, from Peer, doc Document, how wire) {
	if doc.HasInventory() {
		if err := h.Receive(r.Context(), from, doc); err != nil {
			status := http.StatusInternalServerError
			if errors.Is(err, ErrRefused) {
				status = http.StatusForbidden
			}
			h.fail(w, how, from, status, err)
			return
		}
	}
	known := doc.HasInventory() || doc.Action == "netinventory" || doc.Action == "netdiscovery" || doc.Action == "snmpquery"
	switch {
	case how.form == "xml" && doc.Action == "prolog" && from.AgentID != "":
		// A GLPI agent begins in the old language; pending makes it go on in its own.
		h.json(w, http.StatusAccepted, answer{Status: "pending"})
	case how.form == "xml" && doc.Action == "prolog":
		h.xml(w, how, http.StatusOK, reply{Every: h.hours(), Response: "SEND"})
	case how.form == "xml" && known:
		h.xml(w, how, http.StatusOK, reply{Response: "ACCOUNT_UPDATE"})
	case doc.Action == "contact":
		without := "environment,process,user,local_user,local_group"
		if h.Options.Users {
			without = "environment,process"
		}
		h.json(w, http.StatusOK, answer{Status: "ok", Expiration: h.hours(), Disabled: disabled,
			Tasks: map[string]task{"inventory": {Server: "glpi", Version: "10.0.17", NoCategory: without}}})
	case doc.Action == "get_params":
		h.json(w, http.StatusOK, answer{Status: "ok", Expiration: h.hours(), Credentials: &[]string{}})
	case known:
		h.json(w, http.StatusOK, answer{Status: "ok", Expiration: h.hours()})
	default:
		h.fail(w, how, from, http.StatusNotImplemented, fmt.Errorf("%q is nothing this server does", doc.Action))
	}
}

func (h *Handler) hours() int {
	return max(1, int(math.Round(cmp.Or(h.Every, 24*time.Hour).Hours())))
}

// fail tells the agent and the log. What went wrong inside stays inside.
func (h *Handler) fail(w http.ResponseWriter, how wire, from Peer, status int, err error) {
	said := err.Error()
	if status == http.StatusInternalServerError {
		said = "The inventory could not be stored; send it again later."
	}
	if h.Log != nil && !errors.Is(err, ErrRefused) {
		h.Log.Warn("agent's document not taken", "from", from.Address, "program", from.Program, "status", status, "error", err)
	}
	if how.form == "xml" {
		h.xml(w, how, status, reply{Error: said})
		return
	}
	h.json(w, status, answer{Status: "error", Message: said, Expiration: h.hours()})
}

func (h *Handler) json(w http.ResponseWriter, status int, a answer) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(a)
}

type reply struct {
	XMLName  xml.Name `xml:"REPLY"`
	Every    int      `xml:"PROLOG_FREQ,omitempty"`
	Response string   `xml:"RESPONSE,omitempty"`
	Error    string   `xml:"ERROR,omitempty"`
}

// xml answers packed as it was asked: OCS reads no other answer.
func (h *Handler) xml(w http.ResponseWriter, how wire, status int, a reply) {
	text, err := xml.Marshal(a)
	if err != nil {
		http.Error(w, "answer failed", http.StatusInternalServerError)
		return
	}
	var out io.WriteCloser
	kind := "application/xml"
	switch how.packing {
	case "zlib":
		kind, out = "application/x-compress-zlib", zlib.NewWriter(w)
	case "gzip":
		kind, out = "application/x-compress-gzip", gzip.NewWriter(w)
	}
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	document := strings.TrimSpace(xml.Header) + "\n" + string(text) + "\n"
	if out == nil {
		_, _ = io.WriteString(w, document)
		return
	}
	_, _ = io.WriteString(out, document)
	_ = out.Close()
}
