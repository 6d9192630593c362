// Package sparekeys keeps what head office needs to read the disk of a board that died: a
// spare of the key of each journal, sealed by its kiosk for head office (package sparekey).
//
// A spare is kept once, by kiosk and name of the key; what comes again changes nothing, and
// one that was sealed for a key that head office does not have any more is replaced. A kiosk
// has MaxOfKiosk at most: it has one for each journal, and whoever owns its key must not
// fill the books. Spares are never removed here: a disk may be found years later.
//
// It opens none: that is the signer's, who has the key for it, and the audit log has who
// asked.
package sparekeys

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"wattkiosk/uplink/office/stored"
	"wattkiosk/uplink/wire"
)

// MaxOfKiosk bounds the spares of a kiosk.
const MaxOfKiosk = 64

// ErrTooMany says that a kiosk has MaxOfKiosk spares.
var ErrTooMany = errors.New("the kiosk has left too many spare keys")

// Spare is a sealed key.
type Spare struct {
	Kiosk  string
	ID     string // names the key
	For    string // names the key of head office that opens it
	Sealed string
	At     int64 // Unix ms, when it came
}

// Rows are the spares, inside one database transaction.
type Rows interface {
	// SpareKeys are those of a kiosk, the newest first.
	SpareKeys(ctx context.Context, kiosk string) ([]Spare, error)
	// PutSpareKey replaces the one of the same kiosk and name.
	PutSpareKey(ctx context.Context, s Spare) error
}

// Desk keeps spares. It is safe for concurrent use if its backend is.
type Desk struct{ b stored.Backend[Rows] }

// New is a Desk over b.
func New(b stored.Backend[Rows]) *Desk { return &Desk{b} }

// Of are the spares of a kiosk, the newest first.
func (d *Desk) Of(ctx context.Context, kiosk string) ([]Spare, error) {
	return stored.View(ctx, d.b, func(tx Rows) ([]Spare, error) { return tx.SpareKeys(ctx, kiosk) })
}

// Kept reports whether a spare is there, sealed for the key of head office that is named.
func (d *Desk) Kept(ctx context.Context, kiosk, id, office string) (bool, error) {
	all, err := d.Of(ctx, kiosk)

	return slices.ContainsFunc(all, func(s Spare) bool { return s.ID == id && s.For == office }), err
}

// Keep keeps a spare durably, once.
func (d *Desk) Keep(ctx context.Context, s Spare) error {
	return d.b.Update(ctx, func(tx Rows) error {
		all, err := tx.SpareKeys(ctx, s.Kiosk)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(had Spare) bool { return had.ID == s.ID })
		switch {
		case i >= 0 && all[i].For == s.For:
			return nil
		case i < 0 && len(all) >= MaxOfKiosk:
			return ErrTooMany
		}

		return tx.PutSpareKey(ctx, s)
	})
}

// Office names a public key of head office's.
func Office(public []byte) string {
	sum := sha256.Sum256(public)

	return hex.EncodeToString(sum[:8])
}

// Counter answers kiosks.
type Counter struct {
	desk   *Desk
	signed wire.Signed // whom spares are sealed for
	office string
	now    func() time.Time
	log    *slog.Logger
}

// NewCounter answers for head office's public key, which signed says.
func NewCounter(desk *Desk, public []byte, signed wire.Signed, now func() time.Time, log *slog.Logger) *Counter {
	return &Counter{desk, signed, Office(public), now, log}
}

// Answer answers a request wire.OpSpareKey.
func (c *Counter) Answer(ctx context.Context, kiosk string, r wire.Request) wire.Reply {
	reply := wire.Reply{V: wire.Version, ID: r.ID}
	var b wire.SpareKeyBody
	if r.V != wire.Version || wire.Decode(r.Body, &b) != nil || b.Check() != nil {
		reply.Error = &wire.Error{Code: wire.ErrCodeBadRequest, Message: "spare key not valid"}
		return reply
	}
	kept, err := c.take(ctx, kiosk, b)
	switch {
	case errors.Is(err, ErrTooMany):
		c.log.Warn("spare key refused", "kiosk", kiosk, "error", err)
		reply.Error = &wire.Error{Code: wire.ErrCodeTooMany, Message: err.Error()}
		return reply
	case err != nil:
		c.log.Error("cannot keep a spare key", "kiosk", kiosk, "error", err)
		reply.Error = &wire.Error{Code: wire.ErrCodeInternal, Message: "head office cannot answer now"}
		return reply
	}

	state := wire.SpareKeyState{Kept: kept}
	if !kept {
		state.For = &c.signed
	}
	reply.Body, err = json.Marshal(state)
	if err != nil {
		reply.Error = &wire.Error{Code: wire.ErrCodeInternal, Message: "head office cannot answer now"}
	}

	return reply
}

func (c *Counter) take(ctx context.Context, kiosk string, b wire.SpareKeyBody) (kept bool, err error) {
	if len(b.Sealed) == 0 {
		return c.desk.Kept(ctx, kiosk, b.ID, c.office)
	}
	err = c.desk.Keep(ctx, Spare{Kiosk: kiosk, ID: b.ID, For: c.office, Sealed: string(b.Sealed), At: stored.Millis(c.now())})
	if err != nil {
		return false, fmt.Errorf("spare key %s: %w", b.ID, err)
	}
	c.log.Info("a spare of a journal's key is kept", "kiosk", kiosk, "id", b.ID)

	return true, nil
}
