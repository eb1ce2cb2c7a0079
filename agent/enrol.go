package agent

import (
	"context"
	"crypto"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"steward/collect/agentproto"
)

// Enrol makes the agent known to the server and ends. It touches nothing if it
// is known already: the folder may be another account's, whose links root must
// not follow; the next run takes over an address or pin that has changed.
func Enrol(ctx context.Context, o Options) (fresh bool, err error) {
	o.Once = true
	if err := o.complete(); err != nil {
		return false, err
	}
	if known, err := peek(o.Data); err == nil && known.ID != "" {
		return false, nil
	}
	a := &agent{Options: o}
	if a.store, err = open(o.Data); err != nil {
		return false, err
	}
	defer a.store.close()
	return true, a.enrol(ctx)
}

// enrol makes the agent known to the server, once. The key is kept before the
// token is used, so that an answer that is lost on the way can be asked for
// again. A server that cannot be reached is waited for; a refused token ends
// the agent, since only a person can give another.
func (a *agent) enrol(ctx context.Context) error {
	if a.store.ID != "" {
		if a.store.Server != a.Server || a.store.Pin != a.Pin {
			a.Log.Info("the server's address or pin has changed", "from", a.store.Server, "to", a.Server)
			a.store.Server, a.store.Pin = a.Server, a.Pin
			if err := a.store.remember(); err != nil {
				return err
			}
		}
		return a.connect()
	}
	if a.Token == "" {
		return errors.New("this agent is not enrolled yet; give it a one-time token with --enrol")
	}
	if err := a.connect(); err != nil {
		return err
	}
	name, err := os.Hostname()
	if err != nil {
		name = "unknown"
	}
	csr, err := agentproto.NewCSR(a.store.key, name)
	if err != nil {
		return err
	}
	body, err := json.Marshal(agentproto.EnrolRequest{Token: a.Token, CSR: csr, Hostname: name, Platform: platform(), Version: a.Version})
	if err != nil {
		return err
	}
	for failures := 0; ; failures++ {
		var answer agentproto.Enrolment
		err := a.client.post(ctx, agentproto.EnrolPath, body, "", false, &answer)
		var refused *refusal
		switch {
		case err == nil:
			if err := a.accept(answer); err != nil {
				return fmt.Errorf("the server's enrolment: %w", err)
			}
			a.Log.Info("enrolled", "agent", a.store.ID)
			return a.connect()
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.As(err, &refused) && refused.Status/100 == 4 && refused.Status != 429 && refused.Status != 408, a.Once:
			return fmt.Errorf("enrol: %w", err)
		}
		pause := backOff(failures, time.Hour)
		a.Log.Warn("not enrolled yet", "error", err, "again_in", pause.Round(time.Second))
		if a.Wait(ctx, pause) != nil {
			return ctx.Err()
		}
	}
}

// accept checks an enrolment and keeps it.
func (a *agent) accept(e agentproto.Enrolment) error {
	certificate, err := agentproto.ParseCertificate(e.Certificate)
	if err != nil {
		return fmt.Errorf("certificate_pem: %w", err)
	}
	public, ok := a.store.key.Public().(interface{ Equal(crypto.PublicKey) bool })
	if !ok || !public.Equal(certificate.PublicKey) {
		return errors.New("certificate_pem is for another key")
	}
	if e.AgentID == "" || len(e.AgentID) > 128 {
		return errors.New("agent_id is missing")
	}
	a.store.ID, a.store.Server, a.store.Certificate, a.store.Pin = e.AgentID, a.Server, e.Certificate, a.Pin
	if e.CA != "" {
		a.store.CA = e.CA
	}
	return a.store.remember()
}

// renew asks for a new certificate when two thirds of the old one's life are
// over. A failure is tried again at the next report.
func (a *agent) renew(ctx context.Context) {
	old, err := agentproto.ParseCertificate(a.store.Certificate)
	if err != nil {
		return
	}
	life := old.NotAfter.Sub(old.NotBefore)
	if a.Clock().Add(a.client.offset).Before(old.NotBefore.Add(life * 2 / 3)) {
		return
	}
	csr, err := agentproto.NewCSR(a.store.key, a.store.ID)
	if err != nil {
		return
	}
	body, err := json.Marshal(agentproto.RenewRequest{CSR: csr})
	if err != nil {
		return
	}
	var answer agentproto.Enrolment
	err = a.client.post(ctx, agentproto.RenewPath, body, "", true, &answer)
	if err == nil && answer.AgentID == "" {
		answer.AgentID = a.store.ID
	}
	if err == nil {
		err = a.accept(answer)
	}
	if err == nil {
		err = a.connect()
	}
	if err != nil {
		a.Log.Warn("the certificate was not renewed", "error", err, "ends", old.NotAfter.Format(time.RFC3339))
		return
	}
	a.Log.Info("the certificate was renewed")
}
