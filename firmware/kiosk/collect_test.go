package kiosk

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"wattkiosk/firmware/page"
	"wattkiosk/firmware/service/collect"
	"wattkiosk/firmware/service/update"
	"wattkiosk/hal"
	"wattkiosk/hal/bill"
	"wattkiosk/hal/printer"
	"wattkiosk/payments"
	"wattkiosk/payments/cassette"
	"wattkiosk/payments/record"
)

// paid is a kiosk into which a customer has just put 100 and 20.
func paid(t *testing.T) *rig {
	t.Helper()
	r := newRig(t)
	r.toCash()
	r.note(10000)
	r.note(2000)
	r.finish()
	r.answerPosted(12000)
	job, _ := last[Print](r)
	r.do(Printer{printer.Event{Kind: printer.Printed, ID: job.ID}})
	r.touch("finish")

	return r
}

// enters has one of the two log in, or sign.
func (r *rig) enters(action, number string) {
	r.t.Helper()
	r.touch(action, "number", number, "pin", "270915")
	c, ok := last[CheckStaff](r)
	if !ok || !c.Collects || c.Number != number {
		r.t.Fatalf("asked %+v", c)
	}
	r.do(StaffChecked{ID: c.ID, Person: update.Person{Number: number, Name: "员" + number, Role: "collector"}})
}

// two log in.
func (r *rig) two() {
	r.t.Helper()
	r.touch("collect")
	r.enters("collect-login", "21")
	r.screen(collect.AtLogin)
	r.enters("collect-login", "22")
}

func (r *rig) notice(want string) {
	r.t.Helper()
	if got := r.c.View().Field("notice"); got != any(want) && (got != nil || want != "") {
		r.t.Errorf("notice %v, want %q", got, want)
	}
}

// exchanges has the validator say that the cassette was exchanged.
func (r *rig) exchanges() {
	r.validator(bill.CassetteRemoved, 0)
	r.validator(bill.Disabled, 0)
}

var right = []string{"100", "1", "50", "0", "20", "1", "10", "0", "5", "0", "1", "0"}

// book is the journal, folded by payments alone.
func (r *rig) book() cassette.Book {
	r.t.Helper()
	var b cassette.Book
	_ = r.j.Each(1, func(rec record.Record) error {
		e, err := payments.Decode(rec)
		if err == nil && e != nil {
			err = b.Take(rec.Txn, e)
		}
		if err != nil {
			r.t.Fatalf("record %d: %v", rec.Seq, err)
		}

		return nil
	})
	if err := b.Balance(); err != nil {
		r.t.Error(err)
	}
	if !b.Account.Equal(r.c.Status().Cash) {
		r.t.Errorf("by the records %+v, by the kiosk %+v", b.Account, r.c.Status().Cash)
	}

	return b
}

// TestTwoPeopleTakeTheCashOut from the first touch to the second copy of the slip.
func TestTwoPeopleTakeTheCashOut(t *testing.T) {
	r := paid(t)
	r.two()
	r.screen(collect.AtStart)
	r.touch("collect-open")
	r.screen(collect.AtExchange)
	if !slices.Contains(r.c.Status().Blocks, "collection") {
		t.Errorf("blocks %v", r.c.Status().Blocks)
	}
	r.refuses("cassette-in", "collect-exchange", "number", "2")
	r.validator(bill.CassetteRemoved, 0)
	r.refuses("cassette-out", "collect-exchange", "number", "2")
	r.refuses("cassette-left", "collect-abandon")
	r.validator(bill.Disabled, 0)
	r.touch("collect-exchange", "number", "2")
	r.screen(collect.AtCount)
	if got := r.payloads("collection-exchanged"); len(got) != 1 || !strings.Contains(got[0], `"in":"2","how":"sensor","inside":[{"value":10000,"notes":1},{"value":2000,"notes":1}]`) {
		t.Fatalf("%v", got)
	}
	if got := r.c.Status().Cash.Inside(); got != (cassette.Tally{}) {
		t.Errorf("inside the new one: %+v", got)
	}
	r.touch("collect-count", "100", "0", "50", "0", "20", "1", "10", "0", "5", "0", "1", "0")
	r.screen(collect.AtCheck)
	if v := r.c.View(); v.Field("expected") != "120.00" || v.Field("counted") != "20.00" || v.Field("difference") != "-100.00" || v.Offers("collect-sign") {
		t.Errorf("%+v", v.Fields)
	}
	r.touch("collect-recount")
	r.screen(collect.AtCount)
	r.touch("collect-count", right...)
	r.screen(collect.AtCheck)
	r.touch("collect-sign")
	r.screen(collect.AtSign)
	r.enters("collect-sign", "23")
	r.notice("collect-cannot-sign")
	r.enters("collect-sign", "22")
	r.screen(collect.AtSign)
	r.enters("collect-sign", "22")
	r.notice("collect-cannot-sign")
	r.enters("collect-sign", "21")
	r.screen(collect.AtDone)

	first, _ := last[Print](r)
	serial := r.c.Status().Cash.Collection.Serial
	if first.ID != serial+"/1" || !strings.Contains(textOf(first.Page), "第 1 联 共 2 联") || !strings.Contains(textOf(first.Page), "清点金额 ¥120.00") {
		t.Errorf("%s\n%s", first.ID, textOf(first.Page))
	}
	r.do(Printer{printer.Event{Kind: printer.Printed, ID: first.ID}})
	second, _ := last[Print](r)
	if second.ID != serial+"/2" || !strings.Contains(textOf(second.Page), "第 2 联 共 2 联") || !strings.Contains(textOf(second.Page), "21 员21") {
		t.Errorf("%s\n%s", second.ID, textOf(second.Page))
	}
	r.do(Printer{printer.Event{Kind: printer.Printed, ID: second.ID}})
	r.touch("staff-leave")
	r.screen(page.Idle)
	r.hashIsOfTheRecordBefore()
	if b := r.book(); len(b.Collections) != 1 || len(b.Collections[0].Counts) != 2 || b.Collections[0].Copies != 2 || b.Collected != (cassette.Tally{Notes: 2, Total: 12000}) {
		t.Errorf("%+v", b)
	}

	r.toCash()
	r.note(5000)
	if got := r.c.Status().Cash; got.Total != 5000 || got.Number != "2" {
		t.Errorf("%+v", got)
	}
}

func textOf(p printer.Page) string {
	var b strings.Builder
	for _, l := range p.Lines {
		b.WriteString(l.Text + l.Label + " " + l.Value + "\n")
	}

	return b.String()
}

// hashIsOfTheRecordBefore holds the hash in the end of the collection against the chain.
func (r *rig) hashIsOfTheRecordBefore() {
	r.t.Helper()
	_ = r.j.Each(1, func(rec record.Record) error {
		if rec.Type == "collection-closed" && !strings.Contains(string(rec.Payload), rec.Prev.String()) {
			r.t.Errorf("%s, the record before is %s", rec.Payload, rec.Prev)
		}

		return nil
	})
}

// refuses touches what must be refused with a code.
func (r *rig) refuses(code, name string, args ...string) {
	r.t.Helper()
	i := page.Intent{Rev: r.c.View().Rev, Name: name, Args: map[string]string{}}
	for k := 0; k+1 < len(args); k += 2 {
		i.Args[args[k]] = args[k+1]
	}
	out, err := r.c.Touch(r.now, i)
	r.came(out)
	var no *page.Refused
	if !errors.As(err, &no) || no.Code != code {
		r.t.Errorf("%s: %v, want %s", name, err, code)
	}
}

// TestOnePersonIsNotTwo, and neither is a technician one of them.
func TestOnePersonIsNotTwo(t *testing.T) {
	r := paid(t)
	r.touch("collect")
	r.enters("collect-login", "21")
	r.enters("collect-login", "21")
	r.screen(collect.AtLogin)
	r.notice("collect-same")
	r.touch("collect-login", "number", "1001", "pin", "270915")
	c, _ := last[CheckStaff](r)
	r.do(StaffChecked{ID: c.ID, Person: update.Person{Number: "1001", Name: "王", Role: "technician"}})
	r.screen(collect.AtLogin)
	r.notice("collect-wrong")
	if r.count("collection-opened") != 0 || r.count("staff-login") != 3 {
		t.Errorf("%d opened, %d logins", r.count("collection-opened"), r.count("staff-login"))
	}
}

// TestTheCountIsBlind: nothing that a page shows before the count tells what is expected.
func TestTheCountIsBlind(t *testing.T) {
	r := paid(t)
	blind := func() {
		t.Helper()
		b, err := json.Marshal(r.c.View())
		if err != nil {
			t.Fatal(err)
		}
		for _, told := range []string{"120.00", "12000", "expected", "inside"} {
			if strings.Contains(string(b), told) {
				t.Errorf("%s shows %q: %s", r.c.View().Screen, told, b)
			}
		}
	}
	r.two()
	blind()
	r.touch("collect-open")
	blind()
	r.exchanges()
	blind()
	r.touch("collect-exchange", "number", "2")
	r.screen(collect.AtCount)
	blind()
	r.refuses("bad-count", "collect-count", "100", "1")
}

// TestTheDoorIsOpenBefore: where there is a door sensor, it must have said so.
func TestTheDoorIsOpenBefore(t *testing.T) {
	r := paid(t)
	r.do(Door{Name: "door"})
	r.two()
	r.touch("collect-open")
	r.exchanges()
	r.refuses("door-shut", "collect-exchange", "number", "2")
	r.do(Door{Name: "door", Open: true})
	r.touch("collect-exchange", "number", "2")
	r.screen(collect.AtCount)
}

// TestPowerCutAtEachStep: the same two come back to the same place, and nobody else does.
func TestPowerCutAtEachStep(t *testing.T) {
	r := paid(t)
	cut := func(want page.Screen, served bool) {
		t.Helper()
		r.restart()
		r.validator(bill.PoweredUp, 0)
		r.validator(bill.Disabled, 0)
		r.do(Link{Up: true})
		if want == collect.AtExchange {
			r.screen(page.OutOfService)
		}
		if got := !slices.Contains(r.c.Status().Blocks, "collection"); got != served {
			t.Errorf("served %v before %s", got, want)
		}
		r.touch("collect")
		if want != collect.AtStart {
			r.enters("collect-login", "23")
			r.notice("collect-others")
		}
		r.enters("collect-login", "22")
		r.enters("collect-login", "21")
		r.screen(want)
		r.book()
	}
	r.two()
	cut(collect.AtStart, true)
	r.touch("collect-open")
	cut(collect.AtExchange, false)
	r.validator(bill.CassetteRemoved, 0)
	cut(collect.AtExchange, false)
	r.refuses("cassette-left", "collect-abandon")
	r.touch("collect-exchange", "number", "2")
	cut(collect.AtCount, true)
	r.touch("collect-count", "100", "0", "50", "0", "20", "1", "10", "0", "5", "0", "1", "0")
	cut(collect.AtCheck, true)
	r.touch("collect-explain", "reason", "jammed")
	cut(collect.AtCheck, true)
	r.touch("collect-sign")
	r.enters("collect-sign", "22")
	cut(collect.AtSign, true)
	r.enters("collect-sign", "21")
	r.screen(collect.AtDone)
	b := r.book()
	if d, _ := b.Collections[0].Difference(); d != -10000 || b.Collections[0].Reason != "卡币" || r.count("collection-exchanged") != 1 || r.count("collection-closed") != 1 {
		t.Errorf("%+v", b.Collections[0])
	}
}

// TestExchangedWhileThePowerWasOff: the two alone know, and say the number.
func TestExchangedWhileThePowerWasOff(t *testing.T) {
	r := paid(t)
	r.two()
	r.touch("collect-open")
	r.validator(bill.Silent, 0)
	r.validator(bill.PoweredUp, 0)
	r.refuses("not-at-rest", "collect-exchange", "number", "2")
	r.validator(bill.Disabled, 0)
	r.touch("collect-exchange", "number", "2")
	if got := r.payloads("collection-exchanged"); len(got) != 1 || !strings.Contains(got[0], `"how":"power"`) {
		t.Error(got)
	}
}

// TestAValidatorThatSaysNothing is emptied on the word of the two.
func TestAValidatorThatSaysNothing(t *testing.T) {
	r := paid(t)
	r.validator(bill.Failed, 0)
	r.two()
	r.touch("collect-open")
	r.touch("collect-exchange", "number", "2")
	if got := r.payloads("collection-exchanged"); len(got) != 1 || !strings.Contains(got[0], `"how":"stated"`) {
		t.Error(got)
	}
}

// TestNoteInThePathIsSettledFirst.
func TestNoteInThePathIsSettledFirst(t *testing.T) {
	r := paid(t)
	r.validator(bill.Accepting, 0)
	r.two()
	r.touch("collect-open")
	r.screen(collect.AtStart)
	r.notice("collect-busy")
	r.validator(bill.Escrowed, 5000)
	r.ordered(bill.Return)
	r.validator(bill.Returned, 5000)
	r.validator(bill.Disabled, 0)
	r.touch("collect-open")
	r.screen(collect.AtExchange)
}

// TestANoteThatComesOutShowsNoCassette: a cassette that is taken out while a note moves is out
// for good, whatever becomes of the note, and the journal says so.
func TestANoteThatComesOutShowsNoCassette(t *testing.T) {
	for _, out := range []bill.Kind{bill.Rejected, bill.Returning, bill.Returned} {
		r := paid(t)
		r.validator(bill.CassetteRemoved, 0)
		r.validator(out, 0)
		r.validator(bill.Unusable, 0)
		if !r.c.Status().Cash.Away {
			t.Errorf("%s: the cassette is believed to be there", out)
		}
		r.validator(bill.Disabled, 0)
		if r.c.Status().Cash.Away || r.count("cassette-moved") != 2 {
			t.Errorf("%s: away %v, %d records", out, r.c.Status().Cash.Away, r.count("cassette-moved"))
		}
	}
}

// TestNobodyIsServedBeforeTheExchange, and customers are after it where the two have left:
// what comes in then is of the new cassette, and head office is told.
func TestNobodyIsServedBeforeTheExchange(t *testing.T) {
	r := paid(t)
	r.two()
	r.touch("collect-open")
	r.validator(bill.CassetteRemoved, 0)
	r.touch("staff-leave")
	r.screen(page.OutOfService)
	r.validator(bill.Disabled, 0)
	r.now = r.now.Add(24 * time.Hour)
	r.do(Tick{})
	r.screen(page.OutOfService)
	if w := r.c.Status().Warnings; !slices.Contains(w, "collection-open") || r.count("collection-abandoned") != 0 {
		t.Errorf("warned %v", w)
	}
	r.two()
	r.touch("collect-exchange", "number", "2")
	r.touch("staff-leave")
	r.screen(page.Idle)
	if w := r.c.Status().Warnings; !slices.Contains(w, "collection-open") || !slices.Contains(r.payloads("alarm"), `{"code":"collection-open","detail":"`+r.c.Status().Cash.Collection.Serial+`","on":true}`) {
		t.Errorf("warned %v, %v", w, r.payloads("alarm"))
	}
	r.toCash()
	r.note(5000)
	r.finish()
	r.answerPosted(5000)
	r.touch("finish")
	r.two()
	r.screen(collect.AtCount)
	r.touch("collect-count", right...)
	if v := r.c.View(); v.Field("verdict") != "agrees" {
		t.Errorf("%+v", v.Fields)
	}
	if b := r.book(); b.Total != 5000 {
		t.Errorf("%+v", b.Account)
	}
}

// TestLeftAloneBeforeAnythingHappened: it is abandoned by itself, where the cassette
// certainly never left.
func TestLeftAloneBeforeAnythingHappened(t *testing.T) {
	r := paid(t)
	r.two()
	r.touch("collect-open")
	r.touch("staff-leave")
	r.screen(page.OutOfService)
	r.now = r.now.Add(9 * time.Minute)
	r.do(Tick{})
	r.screen(page.OutOfService)
	if w := r.c.Wake(); w.After(r.now.Add(time.Minute)) {
		t.Errorf("wakes at %v", w)
	}
	r.now = r.now.Add(time.Minute)
	r.do(Tick{})
	r.do(Tick{})
	r.screen(page.Idle)
	if got := r.payloads("collection-abandoned"); len(got) != 1 || !strings.Contains(got[0], "left-alone") {
		t.Error(got)
	}
	if got := r.c.Status().Cash.Inside(); got != (cassette.Tally{Notes: 2, Total: 12000}) {
		t.Errorf("%+v", got)
	}
	r.book()

	r.two()
	r.touch("collect-open")
	r.touch("staff-leave")
	r.validator(bill.PoweredUp, 0) // it may have been exchanged
	r.validator(bill.Disabled, 0)
	r.now = r.now.Add(time.Hour)
	r.do(Tick{})
	if r.count("collection-abandoned") != 1 {
		t.Error("abandoned though nobody knows where the cassette is")
	}

	r.two()
	r.touch("collect-abandon")
	r.touch("collect-open")
	r.touch("staff-leave")
	r.validator(bill.Silent, 0) // it may have been exchanged meanwhile
	r.validator(bill.Disabled, 0)
	r.now = r.now.Add(time.Hour)
	r.do(Tick{})
	if r.count("collection-abandoned") != 2 {
		t.Error("abandoned though the validator was not heard for a while")
	}
}

// TestTheCassetteLeavesUnasked: cash stops, head office is told, and no new cassette makes
// the sum right by itself.
func TestTheCassetteLeavesUnasked(t *testing.T) {
	r := paid(t)
	r.validator(bill.CassetteRemoved, 0)
	if b := r.c.Status().Blocks; !slices.Contains(b, "cassette") {
		t.Errorf("blocks %v", b)
	}
	r.validator(bill.Disabled, 0)
	for _, again := range []bool{false, true} {
		if again {
			r.restart()
			r.validator(bill.PoweredUp, 0)
			r.validator(bill.Disabled, 0)
		}
		if s := r.c.Status(); !slices.Contains(s.Warnings, "cassette-moved") || s.Cash.Inside() != (cassette.Tally{Notes: 2, Total: 12000}) || s.Cash.Moved != 1 {
			t.Errorf("after a restart %v: %+v", again, s)
		}
	}
	if n := fmt.Sprint(r.payloads("cassette-moved")); strings.Count(n, "out") != 2 {
		t.Error(n)
	}
	r.do(Link{Up: true})
	r.two()
	r.touch("collect-open")
	r.exchanges()
	r.touch("collect-exchange", "number", "2")
	if s := r.c.Status(); slices.Contains(s.Warnings, "cassette-moved") || s.Cash.Collection.Moved != 1 || s.Cash.Collection.Expected() != 12000 {
		t.Errorf("%+v", s)
	}
	r.book()
}

// TestTheSameCassetteIsPutBack: two who are called away in the middle put the full cassette back,
// and say so. Its notes stay in the account, and it is uncertain until they are counted.
func TestTheSameCassetteIsPutBack(t *testing.T) {
	r := paid(t)
	r.two()
	r.touch("collect-open")
	r.refuses("cassette-in", "collect-put-back")
	r.validator(bill.CassetteRemoved, 0)
	r.refuses("cassette-out", "collect-put-back")
	r.touch("staff-leave")
	r.validator(bill.Disabled, 0)
	r.now = r.now.Add(time.Hour)
	r.do(Tick{})
	r.screen(page.OutOfService) // nobody is served as long as nobody says which one it is
	r.two()
	r.screen(collect.AtExchange)
	r.touch("collect-put-back")
	r.screen(collect.AtStart)
	if got := fmt.Sprint(r.payloads("collection-abandoned")); !strings.Contains(got, `"reason":"put-back"`) {
		t.Error(got)
	}
	if s := r.c.Status(); s.Cash.Inside() != (cassette.Tally{Notes: 2, Total: 12000}) || s.Cash.Moved != 1 || !slices.Contains(s.Warnings, "cassette-moved") {
		t.Errorf("%+v", s)
	}
	r.book()

	r.touch("collect-open")
	r.exchanges()
	r.touch("collect-exchange", "number", "2")
	if c := r.c.Status().Cash.Collection; c.Expected() != 12000 || c.Moved != 1 {
		t.Errorf("the next collection: %+v", c)
	}
	r.book()
}

// TestACollectionNeedsItsRecord: nothing is done that could not be written.
func TestACollectionNeedsItsRecord(t *testing.T) {
	r := paid(t)
	r.two()
	r.j.Full(true)
	r.touch("collect-open")
	r.screen(collect.AtStart)
	if r.c.Status().Cash.Collection.Serial != "" {
		t.Error("opened without a record")
	}
}

// TestTheSlipWaitsForThePrinter that comes up with the machine after a power cut.
func TestTheSlipWaitsForThePrinter(t *testing.T) {
	r := paid(t)
	r.two()
	r.touch("collect-open")
	r.exchanges()
	r.touch("collect-exchange", "number", "2")
	r.touch("collect-count", right...)
	r.j = r.j.Reopen()
	r.start()
	r.validator(bill.Disabled, 0)
	r.do(Link{Up: true})
	r.two()
	r.touch("collect-sign")
	r.enters("collect-sign", "21")
	r.enters("collect-sign", "22")
	r.screen(collect.AtDone)
	if job, ok := last[Print](r); ok {
		t.Errorf("printed %s on a printer that is not there", job.ID)
	}
	up := Printer{printer.Event{Kind: printer.StatusChanged, Status: printer.Status{State: hal.DeviceOnline, Paper: printer.PaperFull}}}
	r.do(up)
	r.do(up)
	job, ok := last[Print](r)
	if !ok || !strings.HasSuffix(job.ID, "/1") || r.count("collection-slip") != 1 {
		t.Errorf("%s, %v, %d records", job.ID, ok, r.count("collection-slip"))
	}
}
