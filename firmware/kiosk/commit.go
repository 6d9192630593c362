package kiosk

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"wattkiosk/firmware/journal"
	"wattkiosk/payments"
	"wattkiosk/payments/cash"
	"wattkiosk/payments/money"
	"wattkiosk/payments/record"
)

// commit makes events of one transaction durable together with the states that
// follow from them, and only then changes memory. t is the transaction before
// the events. It returns the transaction after them and the effects due.
func (c *Core) commit(t payments.Transaction, serial string, events ...payments.Event) (payments.Transaction, []payments.Effect, error) {
	next, cassette := t, c.cash
	var due []payments.Effect
	drafts := make([]record.Draft, 0, len(events))
	for _, e := range events {
		d, err := payments.Draft(serial, e)
		if err != nil {
			return t, nil, c.invariant(err)
		}
		drafts = append(drafts, d)
		if s, ok := e.(cash.StrayNote); ok {
			cassette.add(s.Value)
			continue
		}
		var more []payments.Effect
		if next, more, err = payments.Step(next, serial, e); err != nil {
			return t, nil, c.invariant(err)
		}
		if s, ok := e.(cash.NoteStacked); ok {
			cassette.add(s.Value)
		}
		due = append(due, more...)
	}
	state := map[string][]byte{}
	if cassette != c.cash {
		state[stateCash] = mustJSON(cassette)
	}
	if next.Serial != "" && next.Status() != t.Status() {
		state[stateOpen] = mustJSON(c.openAfter(next))
		state[stateLast] = []byte(next.Serial)
	}
	if err := c.write(state, drafts...); err != nil {
		return t, nil, err
	}
	c.cash = cassette
	if t.Serial == "" && next.Serial != "" || next.Serial == c.last.Serial {
		c.last = next
	}
	return next, due, nil
}

func (k *Cassette) add(v money.Amount) { k.Notes, k.Total = k.Notes+1, k.Total+v }

// openAfter is the list of open serials once t has its new status.
func (c *Core) openAfter(t payments.Transaction) []string {
	s := c.openSerials()
	if c.live != nil && !c.live.txn.Status().Ended() {
		s = append(s, c.live.txn.Serial)
	}
	s = slices.DeleteFunc(s, func(x string) bool { return x == t.Serial })
	if !t.Status().Ended() {
		s = append(s, t.Serial)
	}
	slices.Sort(s)
	return slices.Compact(s)
}

// write appends to the journal and keeps account of its health. A journal
// without space is tried again; any other error asks for a new process.
func (c *Core) write(state map[string][]byte, drafts ...record.Draft) error {
	_, err := c.jrn.AppendWith(state, slices.Concat(c.unsaid, drafts)...)
	if err == nil {
		c.broken, c.unsaid = nil, nil
		c.emit(Appended{})
		return nil
	}
	c.broken = err
	c.retryAt = c.now.Add(retryJournal)
	if !errors.Is(err, journal.ErrFull) {
		c.emit(Restart{Err: err})
	}
	return fmt.Errorf("cannot journal: %w", err)
}

// invariant reports an event that the domain refuses. Nothing was written and
// nothing changed; the kiosk stops taking money until it is started anew, and
// the new start reads the truth from the journal.
func (c *Core) invariant(err error) error {
	c.broken = err
	c.emit(Restart{Err: err})
	return err
}

func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("kiosk: own state does not encode: " + err.Error())
	}
	return b
}
