package kiosktest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"wattkiosk/payments/record"
	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/fleet"
	kioskid "wattkiosk/uplink/office/identity"
	"wattkiosk/uplink/office/people"
)

// Fate is what happens once in a day to the disk of the kiosk, or to the kiosk itself.
type Fate string

// The fates.
const (
	NoFate     Fate = ""
	Copied     Fate = "copied"      // the disk is put into a second box: both take money under one name
	Wiped      Fate = "wiped"       // the journal is gone; the box is enrolled again
	Swapped    Fate = "swapped"     // a new board is enrolled; the old disk is read later
	RolledBack Fate = "rolled-back" // an older copy of the disk is put back
)

// fateOf draws the fate of a day.
func fateOf(rng *rand.Rand) Fate {
	return []Fate{Copied, Wiped, Swapped, RolledBack, RolledBack, Copied}[rng.IntN(6)]
}

// ended is a journal that goes on no more in the box that wrote it.
type ended struct {
	incarnation uint8
	how         Fate
	records     []record.Record
	shared      uint64 // up to here it is a copy of another journal
	read        bool   // head office got all of it from the disk
}

// planFate lets the day's fate come with one of its customers.
func (w *World) planFate() {
	k := w.boxes[0]
	if w.plan.Fate == NoFate {
		return
	}
	if w.plan.Fate == RolledBack {
		w.fateAt(k, 1, w.plan.Customers/2, func() { w.saved, w.savedTo = k.memory.Clone(), k.memory.Head().Seq })
	}
	w.fateAt(k, w.plan.Customers/3, w.plan.Customers, func() {
		w.logf("FATE: the disk is %s", w.plan.Fate)
		w.stats.Fates++
		switch w.plan.Fate {
		case Copied:
			w.copyBox(k)
		case RolledBack:
			w.rollBack(k)
		default:
			k.replace(w.plan.Fate)
		}
	})
}

// fateAt runs do while one of the customers from a to b is served.
func (w *World) fateAt(k *box, a, b int, do func()) {
	n, after := a+w.rng.IntN(max(b-a, 1)), between(w.rng, 0, 2*time.Minute)
	k.onArrival = append(k.onArrival, arrival{n, func() { w.todo.at(w.now.Add(after), do) }})
}

// arrival is what happens when the n-th customer comes.
type arrival struct {
	n  int
	do func()
}

// copyBox puts a copy of the disk into a second box. The first had its power off for
// that.
func (w *World) copyBox(k *box) {
	k.blackout()
	twin := newBox(w)
	twin.memory = k.memory.Clone()
	twin.shared = k.memory.Head().Seq
	twin.served = k.served
	for seq, at := range k.written {
		twin.written[seq] = at
	}
	twin.trimmed = slices.Clone(k.trimmed)
	twin.name = "twin: "
	w.boxes = append(w.boxes, twin)
	twin.later(between(w.rng, time.Minute, 20*time.Minute), func() {
		twin.memory = twin.memory.Reopen()
		twin.boot()
		w.todo.at(w.now.Add(time.Minute), twin.arrive)
	})
}

// rollBack puts the older copy of the disk back.
func (w *World) rollBack(k *box) {
	if w.saved == nil {
		return // the power never came to the first of the two
	}
	k.end(RolledBack)
	k.memory, k.shared = w.saved, w.savedTo
	k.blackout()
}

// end keeps the journal of the box as one that has ended.
func (w *box) end(how Fate) {
	j := ended{incarnation: w.incarnation, how: how, shared: w.shared}
	err := w.each(func(r record.Record) error { j.records = append(j.records, r); return nil })
	if err != nil {
		w.office.fail("cannot read a journal that ends: %v", err)
	}
	w.past, w.lied = append(w.past, j), nil
}

// replace gives the box a board with an empty journal, which enrols under the same
// name.
func (w *box) replace(how Fate) {
	w.blackout()
	w.end(how)
	w.life++ // nobody starts it until it is enrolled
	w.later(between(w.rng, time.Minute, 40*time.Minute), w.enrol)
}

// enrol has head office begin a journal for the box, and starts it.
func (w *box) enrol() {
	if !w.office.up {
		w.later(time.Minute, w.enrol)
		return
	}
	w.incarnation, w.shared, w.trimmed = w.office.enrol(w.incarnation), 0, nil
	if w.bug == SameIncarnation {
		w.incarnation = 0
	}
	w.logf("enrolled, incarnation %d", w.incarnation)
	clear(w.written)
	w.memory = w.newMemory()
	w.boot()
}

// enrol spends a token for the kiosk and returns its new incarnation.
func (o *office) enrol(had uint8) uint8 {
	ctx, now := context.Background(), o.time()
	secret := fmt.Sprintf("token-%d", now.UnixNano())
	o.check(o.books.AddToken(ctx, secret, Terminal, false, now.Add(time.Hour)))
	claim := fleet.Claim{Token: secret}
	if o.w.rng.IntN(2) == 0 { // the board's settings outlived its journal
		claim.Had = &had
	}
	sign := func(fleet.Kiosk) (kioskid.Certificate, error) { return kioskid.Certificate{Key: "key"}, nil }
	k, err := o.books.Enrol(ctx, claim, now, sign)
	if errors.Is(err, fleet.ErrFloor) { // books out of a backup: the technician reads it off the last slip
		o.check(o.books.AddTokenAbove(ctx, secret+"-had", Terminal, false, int(had), now.Add(time.Hour)))
		claim.Token = secret + "-had"
		k, err = o.books.Enrol(ctx, claim, now, sign)
	}
	o.check(err)
	read := fleet.Claim{Token: claim.Token} // somebody read the token, and has a key of their own
	sign = func(fleet.Kiosk) (kioskid.Certificate, error) { return kioskid.Certificate{Key: "another"}, nil }
	if _, err := o.books.Enrol(ctx, read, now, sign); !errors.Is(err, fleet.ErrToken) {
		o.fail("a token that is spent enrols another board: %v", err)
	}

	return k.Incarnation
}

// technician sets right at the end of the day what nobody did before: who was told that
// head office holds another journal gets a new one, or is taken away if the true kiosk
// is there. The disk of a board that was swapped is read.
func (w *World) technician() {
	right := map[*box]bool{}
	for _, b := range w.boxes {
		right[b] = b.follows() // until two people chose: then its next record tells it
	}
	forked := w.choose()
	for _, b := range slices.Clone(w.boxes) {
		own := b.follows()
		if told := b.stopped(); !own && !told && !right[b] || own && told && !forked {
			w.office.fail("%shead office follows its journal: %v; it stopped taking money: %v (%s)", b.name, own, told, b.whatIsOpen())
		}
		if own {
			continue
		}
		w.logf("%sthe technician sees that head office holds another journal", b.name)
		if w.plan.Fate == Copied {
			b.takeAway()
		} else {
			b.replace(w.plan.Fate)
		}
	}
	for _, b := range w.boxes {
		b.readOldDisk()
	}
}

// choose has two people choose a side of each fork: that of the true kiosk, which is the
// first box if it was copied, and what came first if an older disk was put back. Both
// boxes are told meanwhile.
func (w *World) choose() (forked bool) {
	ctx, o := context.Background(), w.office
	forks, err := o.books.Forks(ctx)
	o.check(err)
	for _, f := range forks {
		side := books.ChooseJournal
		if w.plan.Fate == Copied && !w.boxes[0].follows() {
			side = f.Branch.Name
		}
		w.logf("two people choose %s from record %d on", side, f.Branch.From)
		for _, name := range []string{"wang", "li"} {
			o.check(o.books.AddUser(ctx, people.User{Name: name, Role: people.RoleOperator}, "root", o.time()))
		}
		p, err := o.books.Plans.Propose(ctx, approval.ChooseBranch, approval.Ask{Object: Terminal, Args: side, Reason: "查过现场", By: "wang"}, o.time())
		o.check(err)
		_, err = o.books.Plans.Approve(ctx, p.ID, p.Hash, "li", "", o.time())
		o.check(err)
	}

	return len(forks) > 0
}

// follows reports whether head office's journal is that of the box, or a beginning of
// it.
func (w *box) follows() bool {
	head, err := w.office.head()
	w.office.check(err)
	ours := record.Genesis(Terminal, w.incarnation)
	err = w.each(func(r record.Record) error {
		if r.Seq == head.Seq+1 {
			ours = r.Prev
		}
		return nil
	})
	if end := w.memory.Head(); end.Seq == head.Seq {
		ours = end.Hash
	}
	w.office.check(err)

	return ours == head.Hash
}

// stopped reports whether the box takes no money because head office holds another
// journal.
func (w *box) stopped() bool {
	return w.core != nil && slices.Contains(w.core.Status().Blocks, "journal")
}

// takeAway ends a box for good.
func (w *box) takeAway() {
	w.end(Copied)
	w.notes.PowerCut(w.now)
	w.life++
	w.core, w.validator.engine, w.paper.engine = nil, nil, nil
	w.counter.die()
	w.linked, w.lineUp, w.gone = false, false, true
}

// readOldDisk gives head office the journal of a board that was swapped.
func (w *box) readOldDisk() {
	for i, j := range w.past {
		if j.how != Swapped {
			continue
		}
		for some := range slices.Chunk(j.records, 100) {
			if _, err := w.office.books.Import(context.Background(), Terminal, some, w.office.time()); err != nil {
				w.office.fail("the old disk cannot be read: %v", err)
			}
		}
		w.past[i].read = true
		w.office.hears(j.records)
		w.office.checkAt = w.now
	}
}
