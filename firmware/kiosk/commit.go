package kiosk

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"wattkiosk/firmware/condition"
	"wattkiosk/firmware/journal"
	"wattkiosk/payments"
	"wattkiosk/payments/record"
)

// journaling is how the journal takes records.
type journaling struct {
	unsaid  []record.Draft // records of the start that it has had no space for
	broken  error          // it refused; nothing is taken until it accepts again
	retryAt time.Time
	spaceAt time.Time // when to look for space again
}

// retry reports whether it refused, and is to be tried again.
func (j journaling) retry(now time.Time) bool { return j.broken != nil && !now.Before(j.retryAt) }

// beside is what is stored in one step with the events of a transaction.
type beside struct {
	state  map[string][]byte
	drafts []record.Draft
}

// commit makes events of one transaction durable together with the states that
// follow from them and what is beside them, and only then changes memory. t is the
// transaction before the events. It returns the transaction after them and the effects
// due.
func (c *Core) commit(t payments.Transaction, serial string, with beside, events ...payments.Event) (payments.Transaction, []payments.Effect, error) {
	e, err := c.money.enter(t, serial, events)
	if err != nil { // nothing was written and nothing changed: a new start reads the truth from the journal
		c.refused(err)
		c.out.add(Restart{Err: err})

		return t, nil, err
	}
	maps.Copy(e.state, with.state)
	if err := c.write(e.state, append(e.drafts, with.drafts...)...); err != nil {
		return t, nil, err
	}

	c.money.books = e.after
	if c.live.is(e.next.Serial) {
		c.live.txn = e.next
	}

	return e.next, e.due, nil
}

// write appends to the journal and keeps account of its health. A journal
// without space is tried again; any other error asks for a new process.
func (c *Core) write(state map[string][]byte, drafts ...record.Draft) error {
	recs, err := c.money.jrn.AppendWith(state, slices.Concat(c.log.unsaid, drafts)...)
	if err == nil {
		c.log.broken, c.log.unsaid = nil, nil
		c.board.Set(condition.Journal, condition.FromWrites, false, "")
		if len(recs) > 0 {
			c.offline.trust = recs[len(recs)-1].Trust
		}
		c.out.add(Appended{})

		return nil
	}

	c.refused(err)
	if !errors.Is(err, journal.ErrFull) {
		c.out.add(Restart{Err: err})
	}

	return fmt.Errorf("cannot journal: %w", err)
}

// refused stops the taking of money until the journal accepts again.
func (c *Core) refused(err error) {
	c.log.broken = err
	c.log.retryAt = c.now.Add(retryJournal)
	c.board.Set(condition.Journal, condition.FromWrites, true, err.Error())
}

// checkSpace asks the journal whether it could hold one more payment.
func (c *Core) checkSpace() {
	c.board.Set(condition.Journal, condition.FromDisk, c.money.jrn.Ready() != nil, "no space for another payment")
	c.log.spaceAt = c.now.Add(spaceEvery)
}

// reportAlarms journals each condition that came or went and that head office is
// told of. What cannot be journaled now is due until it can.
func (c *Core) reportAlarms() {
	due := c.board.Due()
	if len(due) == 0 || c.log.broken != nil || c.board.By(condition.Journal, condition.FromDisk) {
		return
	}

	drafts := make([]record.Draft, len(due))
	for i, a := range due {
		drafts[i] = alarmDraft(string(a.Code), a.On, a.Detail)
	}
	if c.write(nil, drafts...) == nil {
		c.board.Journaled(due)
	}
}

func alarmDraft(code string, on bool, detail string) record.Draft {
	b := mustJSON(map[string]any{"code": code, "on": on, "detail": detail})

	return record.Draft{Type: "alarm", Version: 1, Payload: b}
}

func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("kiosk: own state does not encode: " + err.Error())
	}

	return b
}
