package storetest

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"wattkiosk/payments/record"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/store"
)

// auditChain: each act follows the one before, and a head that was written down is found
// again, or missed.
func auditChain(t *testing.T, s *store.Store) {
	act := func(user string) {
		check(t, s.Audit(t.Context(), people.Audit{At: 1795395600000, User: user, Action: "retry posting", Object: Serial(Kiosk, 1), Reason: "已核实"}))
	}
	act("wang")
	first, err := s.AuditHead(t.Context())
	check(t, err)
	act("li")
	act("wang")
	log, err := s.Acts(t.Context(), people.AuditFilter{User: "wang"})
	check(t, err)
	if len(log) != 2 || log[0].Seq != 3 || log[1].Seq != 1 || log[1].Prev != (record.Hash{}) {
		t.Errorf("acts of wang: %+v", log)
	}
	// The form of what is hashed: made by another program.
	if got := log[1].Hash.String(); got != "1fa3edfc93c4d9189461af06fcf9449c0c316d5474c8bfd758afd174580186d1" {
		t.Errorf("hash of the first act: %s", got)
	}
	end, err := s.VerifyAudit(t.Context(), first)
	if err != nil || end.Seq != 3 || end.Hash != log[0].Hash {
		t.Errorf("verified to %+v, %v", end, err)
	}
	for name, known := range map[string]people.AuditHead{
		"cut off": {Seq: 4, Hash: first.Hash}, "written anew": {Seq: 1, Hash: end.Hash}, "another end": {Seq: 3, Hash: first.Hash},
	} {
		if _, err := s.VerifyAudit(t.Context(), known); !errors.Is(err, people.ErrAudit) {
			t.Errorf("%s: %v", name, err)
		}
	}
	older, err := s.Acts(t.Context(), people.AuditFilter{Object: Serial(Kiosk, 1), Before: 3, Limit: 1})
	if err != nil || len(older) != 1 || older[0].Seq != 2 || older[0].User != "li" {
		t.Errorf("before the third: %+v, %v", older, err)
	}
}

// AlteredAudit changes rows of the audit log below s, whose database is db, and wants each
// found.
func AlteredAudit(t *testing.T, s *store.Store, db *sql.DB) {
	t.Helper()
	for i := range 5 {
		check(t, s.Audit(t.Context(), people.Audit{At: int64(i), User: "wang", Action: "retry posting", Object: "x", Reason: "because"}))
	}
	_, err := s.VerifyAudit(t.Context())
	check(t, err)

	for _, c := range []struct{ alter, back, want string }{
		{"UPDATE audit SET who = 'li' WHERE seq = 3", "UPDATE audit SET who = 'wang' WHERE seq = 3", "act 3"},
		{"UPDATE audit SET reason = 'becaus', object = 'xe' WHERE seq = 5", "UPDATE audit SET reason = 'because', object = 'x' WHERE seq = 5", "act 5"},
		{"UPDATE audit SET at = 7 WHERE seq = 2", "UPDATE audit SET at = 1 WHERE seq = 2", "act 2"},
		{"UPDATE audit SET seq = 9 WHERE seq = 4", "UPDATE audit SET seq = 4 WHERE seq = 9", "act 4 is missing"},
		{"UPDATE audit_head SET seq = 6", "UPDATE audit_head SET seq = 5", "ends with act 5 of 6"},
		{"UPDATE audit_head SET hash = prev FROM audit WHERE audit.seq = 5", "UPDATE audit_head SET hash = audit.hash FROM audit WHERE audit.seq = 5", "act 5"},
	} {
		_, err := db.ExecContext(t.Context(), c.alter)
		check(t, err)
		if _, err := s.VerifyAudit(t.Context()); !errors.Is(err, people.ErrAudit) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want %s", c.alter, err, c.want)
		}
		_, err = db.ExecContext(t.Context(), c.back)
		check(t, err)
	}
	end, err := s.VerifyAudit(t.Context())
	if err != nil || end.Seq != 5 {
		t.Errorf("put right: %+v, %v", end, err)
	}
	trimmed(t, s, db, end)
}

// trimmed takes the last act away. Without its head that is found at once, and after the next act
// too; with it, by who wrote the end down elsewhere.
func trimmed(t *testing.T, s *store.Store, db *sql.DB, end people.AuditHead) {
	t.Helper()
	alter := func(sql string) {
		_, err := db.ExecContext(t.Context(), sql)
		check(t, err)
	}
	alter("DELETE FROM audit WHERE seq = 5")
	if _, err := s.VerifyAudit(t.Context()); !errors.Is(err, people.ErrAudit) {
		t.Errorf("trimmed: %v", err)
	}
	check(t, s.Audit(t.Context(), people.Audit{At: 9, User: "wang", Action: "retry posting", Object: "x", Reason: "because"}))
	if _, err := s.VerifyAudit(t.Context()); !errors.Is(err, people.ErrAudit) || !strings.Contains(err.Error(), "act 5 is missing") {
		t.Errorf("trimmed, and gone on: %v", err)
	}
	alter("DELETE FROM audit WHERE seq = 6")
	alter("UPDATE audit_head SET seq = 4, hash = audit.hash FROM audit WHERE audit.seq = 4")
	if _, err := s.VerifyAudit(t.Context(), end); !errors.Is(err, people.ErrAudit) {
		t.Errorf("trimmed with its head: %v", err)
	}
	check(t, s.Audit(t.Context(), people.Audit{At: 4, User: "wang", Action: "retry posting", Object: "y", Reason: "because"}))
	if _, err := s.VerifyAudit(t.Context(), end); !errors.Is(err, people.ErrAudit) {
		t.Errorf("trimmed with its head, and gone on: %v", err)
	}
}

// UnchainedAudit has the log of software before the chain, which db holds, go on as a
// chain: open opens the books again.
func UnchainedAudit(t *testing.T, db *sql.DB, open func() *store.Store) {
	t.Helper()
	for i := range 3 {
		_, err := db.ExecContext(t.Context(), "INSERT INTO audit (at, who, action, object, reason) VALUES ($1, 'wang', 'login', 'wang', '')", i)
		check(t, err)
	}
	s := open()
	end, err := s.VerifyAudit(t.Context())
	check(t, err)
	log, err := s.AuditLog(t.Context(), 9)
	check(t, err)
	if end.Seq != 3 || len(log) != 3 || log[0].At != 2 || log[0].Seq != 3 || log[2].Seq != 1 {
		t.Errorf("sealed to %+v: %+v", end, log)
	}
}

// OneAuditChain has two head offices write to one log at the same time.
func OneAuditChain(t *testing.T, offices ...*store.Store) {
	t.Helper()
	const writers, each = 4, 10
	var all sync.WaitGroup
	for n, s := range offices {
		for w := range writers {
			all.Go(func() {
				for i := range each {
					if err := s.Audit(t.Context(), people.Audit{At: int64(i), User: fmt.Sprintf("office-%d-%d", n, w), Action: "retry posting"}); err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
	all.Wait()
	end, err := offices[0].VerifyAudit(t.Context())
	if want := int64(len(offices) * writers * each); err != nil || end.Seq != want {
		t.Errorf("verified to %d, %v; want %d", end.Seq, err, want)
	}
}
