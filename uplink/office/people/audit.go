package people

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"wattkiosk/payments/record"
	"wattkiosk/uplink/office/stored"
)

// ErrAudit says that the audit log is not what was written.
var ErrAudit = errors.New("the audit log was changed")

// Audit is one privileged act. Seq counts from 1 without a gap; Prev is the hash of the
// act before it, and Hash that of this one, Prev included. Software before the chain wrote
// rows without the three: Seal chains them.
type Audit struct {
	ID     int64       `json:"id"`
	Seq    int64       `json:"seq"` // 0: not chained yet
	At     int64       `json:"at"`
	User   string      `json:"user"` // of head office; "os:" and a name is a person at a command line
	Action string      `json:"action"`
	Object string      `json:"object"`
	Reason string      `json:"reason"`
	Prev   record.Hash `json:"-"`
	Hash   record.Hash `json:"-"`
}

// AuditHead is the end of the log: the last act's number and hash. Whoever wrote a head
// down elsewhere finds with Verify whether the log was cut, or written anew, since.
type AuditHead struct {
	Seq  int64
	Hash record.Hash
}

// AuditFilter narrows the log. Zero fields do not narrow; Limit is capped at stored.MaxList.
type AuditFilter struct {
	User, Object string
	Before       int64 // only acts with a smaller number
	Limit        int
}

// auditFormat begins what is hashed, so that a later form cannot be taken for this one.
const auditFormat = "wattkiosk audit 1\n"

// After is the act as the one that follows head.
func (a Audit) After(head AuditHead) Audit {
	a.Seq, a.Prev = head.Seq+1, head.Hash
	a.Hash = a.sum()

	return a
}

// Head is the end of a log whose last act is a.
func (a Audit) Head() AuditHead { return AuditHead{a.Seq, a.Hash} }

// sum is SHA-256 over format, Prev, number, time, and each text with its length before it.
func (a Audit) sum() record.Hash {
	b := append([]byte(auditFormat), a.Prev[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(a.Seq))
	b = binary.BigEndian.AppendUint64(b, uint64(a.At))
	for _, text := range []string{a.User, a.Action, a.Object, a.Reason} {
		b = binary.BigEndian.AppendUint64(b, uint64(len(text)))
		b = append(b, text...)
	}

	return sha256.Sum256(b)
}

// Follows is ErrAudit unless the act is as it was written, right after head.
func (a Audit) Follows(head AuditHead) error {
	switch {
	case a.Seq != head.Seq+1:
		return fmt.Errorf("%w: act %d is missing", ErrAudit, head.Seq+1)
	case a.Prev != head.Hash:
		return fmt.Errorf("%w: act %d does not follow act %d", ErrAudit, a.Seq, head.Seq)
	case a.Hash != a.sum():
		return fmt.Errorf("%w: act %d, by %s, is not what was written", ErrAudit, a.Seq, a.User)
	}

	return nil
}

// Written reports whether the act is as it was written, whatever stands before it. What
// software before the chain wrote says nothing of that, until it is sealed.
func (a Audit) Written() bool { return a.Seq == 0 || a.Hash == a.sum() }

// Audit records one privileged act.
func (d *Directory) Audit(ctx context.Context, a Audit) error {
	a.Reason = stored.Text(a.Reason)
	return d.b.Update(ctx, func(tx Tx) error { return tx.AddAudit(ctx, a) })
}

// AuditLog is the newest acts first.
func (d *Directory) AuditLog(ctx context.Context, limit int) ([]Audit, error) {
	return d.Acts(ctx, AuditFilter{Limit: limit})
}

// Acts are those of the log that f lets through, the newest first.
func (d *Directory) Acts(ctx context.Context, f AuditFilter) ([]Audit, error) {
	f.Limit = stored.Limit(f.Limit)
	return stored.View(ctx, d.b, func(tx Tx) ([]Audit, error) { return tx.ListAudit(ctx, f) })
}

// AuditHead is the present end of the log.
func (d *Directory) AuditHead(ctx context.Context) (AuditHead, error) {
	return stored.View(ctx, d.b, func(tx Tx) (AuditHead, error) { return tx.AuditHead(ctx) })
}

// EachAudit hands the acts after seq to fn, the oldest first, as they stand.
func (d *Directory) EachAudit(ctx context.Context, seq int64, fn func(Audit) error) error {
	for {
		acts, err := stored.View(ctx, d.b, func(tx Tx) ([]Audit, error) { return tx.AuditAfter(ctx, seq, stored.MaxList) })
		if err != nil {
			return fmt.Errorf("cannot read the audit log: %w", err)
		}
		for _, a := range acts {
			if err := fn(a); err != nil {
				return err
			}
			seq = a.Seq
		}
		if len(acts) < stored.MaxList {
			return nil
		}
	}
}

// VerifyAudit walks the whole log and returns its end. ErrAudit names the first act that is
// missing or not what was written; and it says so if the log does not hold a head that was
// written down before (known).
func (d *Directory) VerifyAudit(ctx context.Context, known ...AuditHead) (AuditHead, error) {
	end, err := d.AuditHead(ctx)
	if err != nil {
		return end, fmt.Errorf("cannot read the end of the audit log: %w", err)
	}

	want := map[int64]record.Hash{end.Seq: end.Hash}
	for _, h := range known {
		if had, twice := want[h.Seq]; twice && had != h.Hash || h.Seq > end.Seq {
			return end, fmt.Errorf("%w: it has no act %d with hash %s", ErrAudit, h.Seq, h.Hash)
		}
		want[h.Seq] = h.Hash
	}
	var at AuditHead
	err = d.EachAudit(ctx, 0, func(a Audit) error {
		if err := a.Follows(at); err != nil {
			return err
		}
		at = a.Head()
		if hash, is := want[a.Seq]; is && hash != a.Hash {
			return fmt.Errorf("%w: act %d has not the hash %s", ErrAudit, a.Seq, hash)
		}

		return nil
	})
	if err == nil && at.Seq < end.Seq {
		err = fmt.Errorf("%w: it ends with act %d of %d", ErrAudit, at.Seq, end.Seq)
	}

	return end, err
}

// Seal chains the acts that software before the chain wrote, in the order in which it
// wrote them.
func (d *Directory) Seal(ctx context.Context) error {
	for {
		n := 0
		err := d.b.Update(ctx, func(tx Tx) error {
			acts, err := tx.UnchainedAudit(ctx, stored.MaxList)
			n = len(acts)
			if err != nil || n == 0 {
				return err
			}
			head, err := tx.AuditHead(ctx)
			if err != nil {
				return err
			}
			if acts, err = tx.UnchainedAudit(ctx, stored.MaxList); err != nil { // another may have chained them before the head was ours
				return err
			}
			for _, a := range acts {
				a = a.After(head)
				if err := tx.ChainAudit(ctx, a); err != nil {
					return err
				}
				head = a.Head()
			}

			return nil
		})
		if err != nil {
			return fmt.Errorf("cannot seal the audit log: %w", err)
		}
		if n < stored.MaxList {
			return nil
		}
	}
}
