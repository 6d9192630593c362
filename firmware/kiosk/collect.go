package kiosk

import (
	"maps"
	"slices"
	"time"

	"wattkiosk/firmware/condition"
	"wattkiosk/firmware/page"
	"wattkiosk/firmware/service/collect"
	"wattkiosk/firmware/service/update"
	"wattkiosk/firmware/visit"
	"wattkiosk/hal/bill"
	"wattkiosk/hal/printer"
	"wattkiosk/payments"
	"wattkiosk/payments/collection"
	"wattkiosk/payments/receipt"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/wire"
)

// abandonAfter is how long a collection whose cassette certainly never left its place is
// kept while nobody is at the screen.
const abandonAfter = 10 * time.Minute

// slipCopies is how many copies of a collection's slip are printed: one for each of the two.
const slipCopies = 2

// collecting is the two people who take the cash out, and what the devices say meanwhile.
// What they did is in the books (payments/cassette); this is gone after a power cut, and
// they log in again.
//
// The kiosk is held from Opened to Exchanged, and as long as the two are at the screen.
// After Exchanged the notes are divided, so customers may be served again where the two
// have left without an end: what comes in is of the new cassette, and head office is told
// that the collection is open. Before Exchanged nobody is served, whatever time passes:
// nobody could tell in which cassette a note is. Two who put the same cassette back in say so:
// its notes stay in the account, and it counts as moved until they are counted.
type collecting struct {
	sensor   bill.Kind // last report of the validator that says something of its cassette
	silent   bool      // the validator says nothing, or nothing that can be believed
	powered  bool      // it, or this program, started since the collection was opened
	watched  bool      // this program opened the collection, and the validator was never silent since
	doors    map[string]bool
	opened   bool // a door was seen open since the collection was opened
	leftAt   time.Time
	printing bool // the copies of the slip are on their way
	waits    bool // the next one goes out once the printer is up
}

// heard takes what the validator says of the cassette.
func (k *collecting) heard(e bill.Event) {
	switch e.Kind {
	case bill.Refused:
	case bill.CassetteRemoved:
		k.sensor, k.silent = e.Kind, false
	case bill.Silent, bill.Failed, bill.Unusable:
		k.silent, k.watched = true, false
	case bill.Starting, bill.PoweredUp, bill.PoweredUpInStacker, bill.PoweredUpInValidator:
		k.powered, k.silent = true, false
	case bill.Jammed, bill.Lost, bill.Cheated:
	case bill.Returning, bill.Returned, bill.Rejected: // a note comes out with or without one
		k.silent = false
	default: // it works, so there is one
		k.sensor, k.silent = bill.Disabled, false
	}
}

// door takes the state of one of the cabinet's doors.
func (k *collecting) door(name string, open bool) {
	if name != "door" && name != "safe-door" {
		return
	}
	if k.doors == nil {
		k.doors = map[string]bool{}
	}
	k.doors[name] = open
	k.opened = k.opened || open
}

// shut reports whether there is a door, and none was seen open since the collection began.
func (k *collecting) shut() bool { return len(k.doors) > 0 && !k.opened }

// begun is the collecting of a collection that was opened just now.
func (k *collecting) begun() {
	k.powered, k.leftAt = false, time.Time{}
	k.watched = !k.silent
	k.opened = slices.Contains(slices.Collect(maps.Values(k.doors)), true)
}

// collectors is the core as the collection uses it.
type collectors struct{ *Core }

// cassette is what pages show of the cassette.
func (c collectors) cassette() collect.Cassette {
	return collect.Cassette{
		Account: c.money.cash, Door: c.collect.shut(), Silent: c.collect.silent, Powered: c.collect.powered, Busy: c.atRest() != "",
	}
}

// atRest is what keeps the notes from being divided now; empty for nothing.
func (c collectors) atRest() string {
	switch {
	case c.live.taking():
		return "a customer pays"
	case c.places.waiting() > 0 || c.log.broken != nil || len(c.log.unsaid) > 0:
		return "a record is not durable yet"
	}

	return c.places.unsettled()
}

// keep makes events of a collection durable, and only then changes the books.
func (c collectors) keep(serial string, events ...payments.Event) bool {
	after := c.money.cash
	var drafts []record.Draft
	for _, e := range events {
		d, err := payments.Draft(serial, e)
		if err == nil {
			after, err = after.Take(serial, e)
		}
		if err != nil { // what a page offers may not fit any more
			c.sayTwo("collect-refused")
			return false
		}
		drafts = append(drafts, d)
	}
	if c.write(map[string][]byte{StateCash: mustJSON(after)}, drafts...) != nil {
		c.sayTwo("collect-not-recorded")
		return false
	}
	c.money.cash = after

	return true
}

// sayTwo tells the two at the screen something, if they are there.
func (c collectors) sayTwo(notice string) {
	if collect.Is(c.visit.Screen) {
		c.visit = c.visit.WithNotice(notice)
	}
}

// collects carries out what a page of the collection asks for; false for what is none of it.
func (c collectors) collects(e page.Effect, i page.Intent) bool {
	open := c.money.cash.Collection
	switch e {
	case collect.CheckStaff:
		l := update.LoginOf(i)
		c.out.add(CheckStaff{ID: c.desk.Check(l), Login: l, Collects: true})
	case collect.Open:
		c.openCollection()
	case collect.Exchange:
		c.exchange(i.Args["number"])
	case collect.Count:
		if piles, err := collect.PilesOf(i); err == nil && c.keep(open.Serial, collection.Counted{Piles: piles, At: c.now.UnixMilli()}) {
			c.visit.Recounts = false
		}
	case collect.Explain:
		if reason, ok := collect.ReasonOf(i); ok {
			c.keep(open.Serial, collection.Explained{Reason: reason, At: c.now.UnixMilli()})
		}
	case collect.Abandon:
		if c.cassette().Stayed() {
			c.keep(open.Serial, collection.Abandoned{Reason: "by-people", At: c.now.UnixMilli()})
		}
	case collect.PutBack:
		if c.cassette().Back() && c.visit.Collectors.Both() {
			c.keep(open.Serial, collection.Abandoned{Reason: collection.PutBack, At: c.now.UnixMilli()})
		}
	case collect.Print:
		c.collect.printing = true
		c.printCollection()
	default:
		return false
	}
	c.followCollection()

	return true
}

// onCollector takes the answer to a login of one of the two. Like any login it is
// journaled first.
func (c collectors) onCollector(number string, e StaffChecked) {
	if e.Code == "" && e.Person.Role != string(wire.RoleCollector) {
		e = StaffChecked{ID: e.ID, Code: "unknown"}
	}
	if c.write(nil, loginDraft(number, e.Code)) != nil && e.Code == "" {
		e = StaffChecked{ID: e.ID, Code: "not-recorded"}
	}
	c.visit = c.visit.Touch(c.now)
	c.visit.Waiting = false
	if e.Code != "" {
		c.visit = c.visit.WithNotice(collect.LoginNotice(e.Code))
		return
	}

	open := c.money.cash.Collection
	switch {
	case c.visit.Screen == collect.AtSign && open.CanSign(e.Person.Number):
		c.keep(open.Serial, collection.Signed{By: e.Person.Number, At: c.now.UnixMilli()})
	case c.visit.Screen == collect.AtSign:
		c.visit = c.visit.WithNotice("collect-cannot-sign")
	default:
		if notice := c.visit.Collectors.May(e.Person.Number, open); notice != "" {
			c.visit = c.visit.WithNotice(notice)
			return
		}
		c.visit.Collectors = c.visit.Collectors.And(e.Person)
	}
	c.followCollection()
}

// openCollection begins one. A note on its way, and a customer's transaction, end first.
func (c collectors) openCollection() {
	p := c.visit.Collectors
	if !p.Both() || c.atRest() != "" {
		c.visit = c.visit.WithNotice("collect-busy")
		return
	}
	serial := payments.Serial(c.cfg.Terminal, c.cfg.Incarnation, c.money.jrn.Head().Seq+1)
	if c.keep(serial, collection.Opened{By: p[0].Number, With: p[1].Number, At: c.now.UnixMilli()}) {
		c.collect.begun()
	}
}

// exchange divides the notes, where it is known that the cassette is another one.
func (c collectors) exchange(in string) {
	how, why := c.cassette().Known()
	if why != "" || !c.visit.Collectors.Both() {
		c.visit = c.visit.WithNotice("collect-" + why)
		return
	}
	c.keep(c.money.cash.Collection.Serial, c.money.cash.Divide(in, how, c.now.UnixMilli()))
}

// followCollection ends a collection that both signed, and shows the two where it stands.
func (c collectors) followCollection() {
	k := c.money.cash.Collection
	ended := false
	if k.Stage == collection.Counting && len(k.Signed) == 2 {
		ended = c.keep(k.Serial, collection.Closed{Head: c.money.jrn.Head().Hash.String(), At: c.now.UnixMilli()})
	}
	if !collect.Is(c.visit.Screen) || !c.visit.Collectors.Both() {
		return
	}

	switch at := collect.At(c.money.cash.Collection); {
	case ended:
		c.visit = visit.Collecting(c.visit, collect.AtDone, c.now)
		c.collect.printing = true
		c.printCollection()
	case c.visit.Screen == collect.AtDone || c.visit.Screen == collect.AtSign && at == collect.AtCheck:
	case c.visit.Screen == collect.AtCount && at == collect.AtCheck && c.visit.Recounts:
	default:
		c.visit = visit.Collecting(c.visit, at, c.now)
	}
}

// turnCollection does what is due by what the devices said, and by time.
func (c collectors) turnCollection() {
	c.cassetteMoved()
	k := c.money.cash.Collection
	there := collect.Is(c.visit.Screen)
	if k.Stage == collection.Counting && len(k.Signed) == 2 && c.log.broken == nil {
		c.followCollection()
	}

	if k.Stage != collection.Begun || there {
		c.collect.leftAt = time.Time{}
	} else if c.collect.leftAt.IsZero() {
		c.collect.leftAt = c.now
	}
	if c.alone() && !c.now.Before(c.collect.leftAt.Add(abandonAfter)) && c.log.broken == nil {
		c.keep(k.Serial, collection.Abandoned{Reason: "left-alone", At: c.now.UnixMilli()})
	}
}

// alone reports whether a collection was left alone whose cassette certainly never left.
func (c collectors) alone() bool {
	if !c.collect.watched { // what it did not see may have been the exchange
		return false
	}
	k := c.cassette()

	return !c.collect.leftAt.IsZero() && k.Stayed() && !k.Powered && !k.Silent && c.atRest() == ""
}

// cassetteMoved records that the cassette left its place, or is there again.
func (c collectors) cassetteMoved() {
	away := c.money.cash.Away
	switch {
	case c.log.broken != nil || c.places.waiting() > 0:
	case c.collect.sensor == bill.CassetteRemoved && !away:
		c.keep("", collection.Moved{Out: true, At: c.now.UnixMilli()})
	case c.collect.sensor == bill.Disabled && away:
		c.keep("", collection.Moved{At: c.now.UnixMilli()})
	}
}

// wakeCollection is when turnCollection has something to do; zero for never.
func (c collectors) wakeCollection() time.Time {
	if !c.alone() {
		return time.Time{}
	}

	return c.collect.leftAt.Add(abandonAfter)
}

// setCollection sets the conditions of the collection.
func (c collectors) setCollection() {
	k := c.money.cash.Collection
	there := collect.Is(c.visit.Screen) && c.visit.Collectors.Both()
	c.board.Set(condition.Collection, "", k.Stage == collection.Begun || there, "")
	c.board.Set(condition.CollectionOpen, "", k.Open() && !there, k.Serial)
	unasked := c.money.cash.Moved > 0 || c.money.cash.Away && k.Stage != collection.Begun
	c.board.Set(condition.CassetteMoved, "", unasked, "what is inside is not known for sure until it is counted")
}

// printCollection prints the next copy of the slip of the last collection. Like any slip's
// the attempt is journaled before the job goes out.
func (c collectors) printCollection() {
	k := c.money.cash.Collection
	c.collect.waits = false
	if k.Stage != collection.Ended || !c.slips.printer.CanPrint() {
		c.collect.waits = k.Stage == collection.Ended && c.slips.awaited(c.now)
		c.collect.printing = c.collect.waits
		return
	}
	copyNo := k.Copies + 1
	if !c.keep(k.Serial, collection.Slip{Copy: copyNo, Outcome: "started", At: c.now.UnixMilli()}) {
		c.collect.printing = false
		return
	}
	names := map[string]string{}
	for _, p := range c.visit.Collectors {
		names[p.Number] = p.Name
	}
	slip := receipt.Collection(k, names, c.slips.kiosk, c.visit.Lang, copyNo, slipCopies)
	c.out.add(Print{printer.Command{ID: jobID(k.Serial, copyNo), Page: Page(slip)}})
}

// collectionPrinted takes what became of a copy, and prints the second one; false where the
// job is of no collection.
func (c collectors) collectionPrinted(serial string, copyNo int, e printer.Event) bool {
	k := c.money.cash.Collection
	if serial != k.Serial || k.Serial == "" {
		return false
	}
	c.keep(serial, collection.Slip{Copy: copyNo, Outcome: e.Kind.String(), At: c.now.UnixMilli()})
	if e.Kind == printer.Printed && c.collect.printing && copyNo == 1 {
		c.printCollection()
		return true
	}
	c.collect.printing = false

	return true
}
