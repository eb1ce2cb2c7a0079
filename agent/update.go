package agent

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"

	"steward/collect/agentproto"
)

// mostProgram bounds a program that the server gives out.
const mostProgram = 512 << 20

// Program writes the agent's program that lies at the server to into, unless it
// is the one whose SHA-256 (hex) is have: then it writes nothing and returns
// false. The server is the one the agent enrolled at, trusted as it was then, and
// what was written has the SHA-256 that it names. o.Data is all that is needed.
func Program(ctx context.Context, o Options, have string, into io.Writer) (version string, other bool, err error) {
	known, err := peek(o.Data)
	if err != nil {
		return "", false, err
	}
	if o.Server == "" {
		o.Server = known.Server
	}
	if o.Pin == "" && o.CA == "" {
		o.Pin = known.Pin
	}
	if err := o.complete(); err != nil {
		return "", false, err
	}
	a := &agent{Options: o, store: known}
	if err := a.connect(); err != nil {
		return "", false, err
	}
	path := agentproto.ProgramPath + runtime.GOOS + "-" + runtime.GOARCH
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.client.base+path, nil)
	if err != nil {
		return "", false, err
	}
	if err := agentproto.Sign(req.Header, known.key, known.ID, http.MethodGet, path, nil, a.Clock()); err != nil {
		return "", false, err
	}
	req.Header.Set("If-None-Match", `"`+have+`"`)
	res, err := a.client.http.Do(req)
	if err != nil {
		return "", false, untrusted(err)
	}
	defer res.Body.Close()
	version = res.Header.Get(agentproto.HeaderVersion)
	switch res.StatusCode {
	case http.StatusOK:
	case http.StatusNotModified:
		return version, false, nil
	default:
		return "", false, fmt.Errorf("the server has no program for this machine: %w", problem(res))
	}
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(into, h), io.LimitReader(res.Body, mostProgram+1))
	switch want := strings.Trim(res.Header.Get("ETag"), `"`); {
	case err != nil:
		return "", false, fmt.Errorf("the program did not arrive whole: %w", err)
	case n > mostProgram:
		return "", false, errors.New("what the server sends is too large for a program")
	case hex.EncodeToString(h.Sum(nil)) != want:
		return "", false, fmt.Errorf("what arrived is not the program that the server names (SHA-256 %s)", want)
	}
	return version, true, nil
}
