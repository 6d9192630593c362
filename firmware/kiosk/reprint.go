package kiosk

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"wattkiosk/firmware/page"
	"wattkiosk/firmware/service/reprint"
	"wattkiosk/firmware/service/update"
	"wattkiosk/firmware/visit"
	"wattkiosk/hal/printer"
	"wattkiosk/payments"
	"wattkiosk/payments/receipt"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/wire"
)

// reprinting is what one of site staff looks for and prints again. It lives as long as
// they are at its screens; what was printed is in the journal.
type reprinting struct {
	found []string // serials, the newest first
	shelf reprint.Shelf
	by    time.Time // when a job that nobody spoke of counts as unsure
}

// of reports whether the job that is under way is that copy of that slip.
func (r *reprinting) of(serial string, copyNo int) bool {
	return r.shelf.Outcome == reprint.Printing && r.shelf.Chosen.Txn.Serial == serial && r.shelf.Copy == copyNo
}

// giveUp ends the wait for a printer that says nothing.
func (r *reprinting) giveUp(now time.Time) {
	if r.shelf.Outcome == reprint.Printing && !now.Before(r.by) {
		r.shelf.Outcome = reprint.Unsure
	}
}

// wake is when giveUp has something to do; zero for never.
func (r *reprinting) wake() time.Time {
	if r.shelf.Outcome != reprint.Printing {
		return time.Time{}
	}

	return r.by
}

// reprinters is the core as those use it who print a slip again.
type reprinters struct{ *Core }

// reprints carries out what a page of theirs asks for; false for what is none of it.
func (c reprinters) reprints(e page.Effect, i page.Intent) bool {
	switch e {
	case reprint.CheckStaff:
		l := update.LoginOf(i)
		c.out.add(CheckStaff{ID: c.desk.Check(l), Login: l, Collects: true})
	case reprint.Find:
		c.find(i.Args["number"])
	case reprint.Turn:
		from, err := strconv.Atoi(i.Args["from"])
		if err != nil { // back from a slip
			from = c.reprint.shelf.From
		}
		c.turnTo(from)
	case reprint.Choose:
		c.choose(i.Args["serial"])
	case reprint.Print:
		c.printAgain()
	default:
		return false
	}

	return true
}

// onReprinter takes the answer to a login. Like any login it is journaled first.
func (c reprinters) onReprinter(number string, e StaffChecked) {
	if e.Code == "" && e.Person.Role != string(wire.RoleCollector) {
		e = StaffChecked{ID: e.ID, Code: "unknown"}
	}
	if c.write(nil, loginDraft(number, e.Code)) != nil && e.Code == "" {
		e = StaffChecked{ID: e.ID, Code: "not-recorded"}
	}
	c.visit = visit.Reprinter(c.visit, e.Person, e.Code, c.now)
	if c.visit.Screen == reprint.AtList {
		c.find("")
	}
}

// find shows the recent slips whose numbers end so, or the one of a whole number, however
// old.
func (c reprinters) find(digits string) {
	found := slices.Clone(c.money.slips)
	slices.Reverse(found)
	found = slices.DeleteFunc(found, func(serial string) bool { return !strings.HasSuffix(serial, digits) })

	if whole := len(digits) == reprint.MaxDigits; len(found) == 0 && digits != "" {
		switch t, known := c.money.lookUp(digits); {
		case whole && known && hasSlip(t):
			found = []string{digits}
		case whole && !strings.HasPrefix(digits, c.cfg.Terminal):
			c.visit = c.visit.WithNotice("reprint-elsewhere")
			return
		default:
			c.visit = c.visit.WithNotice("reprint-none")
			return
		}
	}
	c.reprint = reprinting{found: found, shelf: reprint.Shelf{Typed: digits, Count: len(found)}}
	c.turnTo(0)
}

// turnTo shows the rows from a place on. What the journal has no records of any more is
// left out.
func (c reprinters) turnTo(from int) {
	r := &c.reprint
	from = min(max(from, 0), max(len(r.found)-1, 0))
	r.shelf = reprint.Shelf{Typed: r.shelf.Typed, Count: r.shelf.Count, From: from}
	for _, serial := range r.found[from:min(from+reprint.PerPage, len(r.found))] {
		if t, known := c.money.lookUp(serial); known {
			r.shelf.Rows = append(r.shelf.Rows, c.row(t))
		}
	}
	c.visit = visit.Reprinting(c.visit, reprint.AtList, c.now)
}

func (c reprinters) row(t payments.Transaction) reprint.Row {
	at := t.PaidAt()
	if at.IsZero() {
		at = t.OpenedAt
	}
	if c.cfg.Zone != nil {
		at = at.In(c.cfg.Zone)
	}

	return reprint.Row{Txn: t, At: at}
}

// choose shows one slip of the page.
func (c reprinters) choose(serial string) {
	t, known := c.money.lookUp(serial)
	if !known {
		c.visit = c.visit.WithNotice("reprint-none")
		return
	}
	shelf := &c.reprint.shelf
	shelf.Chosen = c.row(t)
	shelf.Outcome, shelf.Copy = reprint.None, 0
	c.visit = visit.Reprinting(c.visit, reprint.AtSlip, c.now)
}

// printAgain prints the chosen slip as its payment stands now. Like any slip's the attempt
// is journaled before the job goes out, and with it who asked for it.
func (c reprinters) printAgain() {
	shelf := &c.reprint.shelf
	t, known := c.money.lookUp(shelf.Chosen.Txn.Serial)
	if !known || !hasSlip(t) {
		c.visit = c.visit.WithNotice("reprint-none")
		return
	}
	if !c.slips.printer.CanPrint() {
		shelf.Outcome, shelf.Copy = reprint.Failed, 0
		return
	}

	copyNo := t.Copies + 1
	slip := receipt.Build(t, c.slips.kiosk, c.visit.Lang, copyNo, c.now)
	who := mustJSON(map[string]any{"number": c.visit.Reprinter.Number, "serial": t.Serial, "copy": copyNo})
	asked := record.Draft{Type: "staff-reprint", Version: 1, Payload: who}
	attempt := payments.SlipAttempt{Copy: copyNo, Kind: slip.Kind, Outcome: "started"}
	next, _, err := c.commit(t, t.Serial, beside{drafts: []record.Draft{asked}}, attempt)
	if err != nil {
		c.visit = c.visit.WithNotice("reprint-not-recorded")
		return
	}

	shelf.Chosen = c.row(next)
	shelf.Outcome, shelf.Copy = reprint.Printing, copyNo
	c.reprint.by = c.now.Add(slipPatience)
	c.out.add(Print{printer.Command{ID: jobID(t.Serial, copyNo), Page: Page(slip)}})
}

// reprinted takes what became of a copy.
func (c reprinters) reprinted(serial string, copyNo int, k printer.Kind) {
	if !c.reprint.of(serial, copyNo) {
		return
	}
	switch k {
	case printer.Printed:
		c.reprint.shelf.Outcome = reprint.Printed
	case printer.NotPrinted:
		c.reprint.shelf.Outcome = reprint.Failed
	default:
		c.reprint.shelf.Outcome = reprint.Unsure
	}
}

// followReprint forgets what was looked for once nobody is at its screens.
func (c reprinters) followReprint() {
	if !reprint.Is(c.visit.Screen) {
		c.reprint = reprinting{}
	}
}
