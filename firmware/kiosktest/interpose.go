package kiosktest

import (
	"time"

	"wattkiosk/firmware/journal/journaltest"
	"wattkiosk/firmware/kiosk"
	"wattkiosk/hal/bill"
	"wattkiosk/payments/cash"
	"wattkiosk/payments/record"
)

// heardValidator passes reports of the validator to the core, through whatever
// bug is planted there.
func (w *box) heardValidator(e bill.Event) {
	w.logf("validator says %v %d %s", e.Kind, e.Value, e.Detail)
	began := w.memory.Head().Seq
	defer func() {
		if w.core == nil { // what it said died with the program
			return
		}
		told := w.tellsOfANote(began)
		if e.Kind == bill.Lost && e.Value == 0 && !told && !w.full && !w.eyes.started {
			w.office.fail("a note without a value is lost, and no record says so")
		}
		w.eyes.hears(e, told, w.now)
	}()
	switch w.bug {
	case DoubleStacked:
		if e.Kind == bill.Stacked && w.rng.IntN(20) == 0 {
			w.handle(kiosk.Validator{Event: e})
		}
	case ForgetInStacker:
		if e.Kind == bill.PoweredUpInStacker {
			e.Kind = bill.Returned
		}
	case CreditOnEscrow:
		if e.Kind == bill.Escrowed {
			w.handle(kiosk.Validator{Event: e})
			w.handle(kiosk.Validator{Event: bill.Event{Kind: bill.Stacked, Value: e.Value}})
			return
		}
		if e.Kind == bill.Stacked {
			return
		}
	case ConfirmEarly:
		if e.Kind == bill.Stacked || e.Kind == bill.PoweredUpInStacker {
			_ = w.validator.engine.Do(w.now, bill.Command{Op: bill.Confirm})
			w.later(w.lag(), func() { w.handle(kiosk.Validator{Event: e}) })
			return
		}
	case StackUnjournaled:
		if e.Kind == bill.Escrowed {
			_ = w.validator.engine.Do(w.now, bill.Command{Op: bill.Stack})
			w.later(w.lag(), func() { w.handle(kiosk.Validator{Event: e}) })
			return
		}
	}
	w.handle(kiosk.Validator{Event: e})
}

// lag is how long a careless program takes to get to its journal.
func (w *box) lag() time.Duration { return between(w.rng, 0, 2*time.Second) }

// journalOf is the journal that the core sees: the memory, with a witness of when each
// record was written; or one that lies about what is durable.
func journalOf(w *box) kiosk.Journal {
	if w.bug == LyingJournal {
		return &liar{tap{w.memory, w}}
	}
	return &tap{w.memory, w}
}

// tap remembers when each record was written.
type tap struct {
	*journaltest.Memory
	w *box
}

func (t *tap) AppendWith(state map[string][]byte, drafts ...record.Draft) ([]record.Record, error) {
	t.w.writer = t.w
	from := t.Head().Seq
	recs, err := t.Memory.AppendWith(state, drafts...)
	for seq := from + 1; seq <= t.Head().Seq; seq++ {
		t.w.written[seq] = t.w.now
	}
	t.w.office.check(t.Each(from+1, func(r record.Record) error { t.w.eyes.papers.accepts(r); return nil })) // what was cut may be durable
	for _, r := range recs {
		t.w.sold(r)
		t.w.readsBack(r)
	}

	return recs, err
}

// liar remembers the journal as it was a few appends ago; a power cut goes back
// to that.
type liar struct{ tap }

func (l *liar) AppendWith(state map[string][]byte, drafts ...record.Draft) ([]record.Record, error) {
	before := l.Memory.Clone()
	l.w.lied = append(l.w.lied, func() { l.w.memory = before })
	if len(l.w.lied) > 3 {
		l.w.lied = l.w.lied[1:]
	}
	return l.tap.AppendWith(state, drafts...)
}

// takeBackLies is the power cut of a journal that did not sync.
func (w *box) takeBackLies() {
	if len(w.lied) > 0 {
		w.lied[0]()
		w.lied = nil
	}
}

// tellsOfANote reports whether a record after that of the number says where a note is, or
// that nobody can tell.
func (w *box) tellsOfANote(after uint64) bool {
	told := false
	err := w.memory.Each(after+1, func(r record.Record) error {
		switch r.Type {
		case cash.NoteStacked{}.EventType(), cash.NoteUnresolved{}.EventType(), cash.StrayNote{}.EventType():
			told = true
		}
		return nil
	})
	w.office.check(err)

	return told
}
