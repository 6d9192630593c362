package kiosktest

import (
	"fmt"
	"slices"

	"wattkiosk/payments"
	"wattkiosk/payments/cash"
	"wattkiosk/payments/money"
	"wattkiosk/payments/record"
)

// paper is one note of paper, and where it is by the mechanics of the validator alone.
type paper struct {
	value   money.Amount
	where   whereabouts
	unheard bool // it was stacked without an order, and no report tells which one it was, or that it is there at all
	unseen  bool // it came out while no program was there to hear of it
}

// whereabouts is where a note of paper is.
type whereabouts string

const (
	inPath     whereabouts = "in the path"
	inCassette whereabouts = "in the cassette"
	handedBack whereabouts = "in its customer's hand"
	takenOut   whereabouts = "taken out by somebody"
)

// papers follow every note that went into the slot, and which of them the journal meant
// when it had one accepted. The path holds one note at a time: what moves is the last.
type papers struct {
	all   []paper
	back  int            // notes that came out, as last looked at
	meant map[string]int // "serial note": the note that was in the path when it was accepted
}

// pushed is a note that goes in.
func (p *papers) pushed(value money.Amount) {
	p.all = append(p.all, paper{value: value, where: inPath})
}

// last moves the note that was on its way.
func (p *papers) last(to whereabouts) {
	if n := len(p.all) - 1; n >= 0 {
		p.all[n].where = to
	}
}

// watch looks what came out. What came into the cassette witness.watchCassette says.
func (p *papers) watch(w *box) {
	if n := len(w.notes.Returned()); n > p.back {
		p.back = n
		p.last(handedBack)
		if k := len(p.all) - 1; k >= 0 {
			p.all[k].unseen = w.core == nil
		}
	}
}

// accepts notes which one a record of the journal has accepted.
func (p *papers) accepts(r record.Record) {
	e, err := payments.Decode(r)
	if a, is := e.(cash.NoteAccepted); is && err == nil {
		if p.meant == nil {
			p.meant = map[string]int{}
		}
		p.meant[noteOf(r.Txn, a.Note)] = len(p.all) - 1
	}
}

// cameOutUnseen reports whether a note of the journal's is one that the validator gave back by
// itself while the program was down, because nobody told it what to do with it.
func (p *papers) cameOutUnseen(serial string, note int) bool {
	at, known := p.meant[noteOf(serial, note)]

	return known && at >= 0 && p.all[at].where == handedBack && p.all[at].unseen
}

func noteOf(serial string, note int) string { return fmt.Sprint(serial, " ", note) }

// auditPaper: each note of which the journal knows where it is, is there; and each note in
// a cassette is one of the journal's, or one of nobody's that the journal tells of.
func (w *box) auditPaper(b *account) error {
	if w.misread {
		return nil // then a note is not what it is taken for
	}
	owned := map[int]bool{}
	for serial, t := range b.txns {
		for i, n := range t.Cash.Notes {
			at, known := w.eyes.papers.meant[noteOf(serial, i)]
			if !known || at < 0 {
				return fmt.Errorf("%s: note %d of %s was accepted, and nobody put it in", serial, i, n.Value)
			}
			p := w.eyes.papers.all[at]
			owned[at] = owned[at] || p.where == inCassette && n.State != cash.StateReturned
			if must, told := placeOf[n.State]; told && (p.where != must || p.value != n.Value) {
				return fmt.Errorf("%s: note %d of %s is %s (%s) by the journal; the note of %s is %s", serial, i, n.Value, n.State, n.Evidence, p.value, p.where)
			}
		}
	}

	return w.auditNobodys(b, owned)
}

// placeOf is where a note of a state must be. Of the other states nobody can tell.
var placeOf = map[cash.NoteState]whereabouts{
	cash.StateStacked: inCassette, cash.StateFound: inCassette, cash.StateReturned: handedBack,
}

// auditNobodys: a note in a cassette that no payment has is told of as a note of nobody's,
// one by one, but for those of which no report told.
func (w *box) auditNobodys(b *account, owned map[int]bool) error {
	var nobodys []paper
	for i, p := range w.eyes.papers.all {
		if p.where == inCassette && !owned[i] {
			nobodys = append(nobodys, p)
		}
	}
	slices.SortStableFunc(nobodys, func(a, b paper) int { // a record is of one that was heard of, rather
		switch {
		case a.unheard == b.unheard:
			return 0
		case b.unheard:
			return -1
		}

		return 1
	})

	var untold []money.Amount
	unheard := 0 // how many of them no report may have told of
	told := slices.Clone(b.strays)
	for _, p := range nobodys {
		at := slices.IndexFunc(told, func(s cash.StrayNote) bool { return s.Value == p.value })
		if at < 0 {
			untold = append(untold, p.value)
			if p.unheard {
				unheard++
			}
			continue
		}
		told = slices.Delete(told, at, at+1)
	}
	blank := 0 // of those left that tell no value
	for _, s := range told {
		if s.Value == 0 {
			blank++
		}
	}
	if len(untold) > blank+unheard {
		return fmt.Errorf("notes of nobody's in the cassette: no record tells of %v, %d tell of one without a value, %d were not heard of", untold, blank, unheard)
	}

	return nil
}
