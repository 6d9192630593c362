package kiosk

import (
	"strings"
	"testing"
	"time"

	"wattkiosk/firmware/page"
	"wattkiosk/hal"
	"wattkiosk/hal/bill"
	"wattkiosk/hal/printer"
	"wattkiosk/payments"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/wire"
)

// TestAPowerCutBeforeTheSlip: the last result comes back to the screen with its slip
// due, while its customer may still be there.
func TestAPowerCutBeforeTheSlip(t *testing.T) {
	paid := func() *rig {
		r := newRig(t)
		r.toCash()
		r.note(10000)
		r.finish()
		r.answerPosted(10000)
		r.screen(page.Done)
		return r
	}
	r := paid()
	r.restart()
	r.do(Link{Up: true})
	r.validator(bill.Disabled, 0)
	r.screen(page.Done)
	if v := r.c.View(); v.Field("result") != "paid" || v.Field("slip") != "failed" || !v.Offers("print") {
		t.Errorf("result %v, slip %v, offered %+v", v.Field("result"), v.Field("slip"), v.Actions)
	}
	r.touch("print", "yes", "true")
	job, ok := last[Print](r)
	if !ok || !strings.HasSuffix(job.ID, "/2") {
		t.Errorf("printed as %q", job.ID)
	}
	r.do(Printer{printer.Event{Kind: printer.Printed, ID: job.ID}})
	r.restart()
	r.validator(bill.Disabled, 0)
	r.do(Link{Up: true})
	r.screen(page.Idle)

	r = paid()
	r.now = r.now.Add(slipYoung)
	r.restart()
	r.validator(bill.Disabled, 0)
	r.do(Link{Up: true})
	r.screen(page.Idle) // whoever it was has gone

	// By a clock that was lost nobody can tell, but for the run.
	r = newRig(t)
	r.do(Link{Up: true})
	r.trust, r.now = record.Untrusted, time.Unix(1000, 0)
	r.toCash()
	r.note(10000)
	r.finish()
	r.answerPosted(10000)
	r.trust, r.now = record.Synchronised, t0
	for _, want := range []page.Screen{page.Done, page.Idle} {
		r.restart()
		r.do(Link{Up: true})
		r.validator(bill.Disabled, 0)
		r.screen(want)
	}

	// Nor between a battery's clock and the one that was put right since.
	r = newRig(t)
	r.do(Link{Up: true})
	r.trust, r.now = record.RTC, t0.Add(-25*time.Hour)
	r.toCash()
	r.note(10000)
	r.finish()
	r.answerPosted(10000)
	r.trust, r.now = record.Synchronised, t0
	for _, want := range []page.Screen{page.Done, page.Idle} {
		r.restart()
		r.do(Link{Up: true})
		r.validator(bill.Disabled, 0)
		r.screen(want)
	}

	r = paid()
	r.printed()
	r.restart()
	r.validator(bill.Disabled, 0)
	r.do(Link{Up: true})
	r.screen(page.Idle)
}

// TestThePowerCutIsTheLastCustomers: an earlier payment is not answered yet, and has no
// slip either. Whose payment was the last one may still be there.
func TestThePowerCutIsTheLastCustomers(t *testing.T) {
	r := newRig(t)
	r.toCash()
	r.note(5000)
	r.finish()
	r.restart()
	r.validator(bill.Disabled, 0)
	r.now = r.now.Add(resultPatience)
	r.do(Link{Up: true})
	r.screen(page.Done)
	r.touch("finish", "yes", "true")
	r.now = r.now.Add(time.Minute)
	r.do(Tick{}) // the slot is tried
	r.validator(bill.Idling, 0)
	r.validator(bill.Disabled, 0)

	r.toCash()
	r.note(10000)
	r.finish()
	r.answerPosted(10000)
	r.restart()
	r.validator(bill.Disabled, 0)
	r.do(Link{Up: true})
	r.screen(page.Done)
	if v := r.c.View(); v.Field("result") != "paid" || v.Field("total_text") != "100.00" {
		t.Errorf("result %v of %v", v.Field("result"), v.Field("total_text"))
	}
}

// TestHowLongAResultStays: light ones go by themselves; whoever has something to
// note down is asked first.
func TestHowLongAResultStays(t *testing.T) {
	for _, c := range []struct {
		name  string
		end   func(r *rig)
		shown time.Duration
		asks  bool
	}{
		{"paid and printed", func(r *rig) { r.answerPosted(10000); r.printed() }, 20 * time.Second, false},
		{"paid, not printed", func(r *rig) {
			r.answerPosted(10000)
			job, _ := last[Print](r)
			r.do(Printer{printer.Event{Kind: printer.NotPrinted, ID: job.ID}})
		}, 3 * time.Minute, true},
		{"posting follows", func(r *rig) { r.do(Link{}); r.printed() }, 45 * time.Second, false},
		{"owed", func(r *rig) {
			a := r.asked()
			r.reply(a[len(a)-1], wire.PostState{Serial: r.c.money.last.Serial, Status: wire.PostOwed})
			r.printedNow()
		}, 3 * time.Minute, true},
	} {
		r := newRig(t)
		r.toCash()
		r.note(10000)
		r.finish()
		c.end(r)
		shown := r.c.View().Screen
		r.now = r.now.Add(c.shown - time.Second)
		r.do(Tick{})
		if v := r.c.View(); v.Screen != shown || v.Field("asking") != nil || (v.Deadline == nil) != c.asks {
			t.Errorf("%s: %s, asking %v, deadline %v", c.name, v.Screen, v.Field("asking"), v.Deadline)
		}
		r.now = r.now.Add(time.Second)
		r.do(Tick{})
		if c.asks {
			if r.c.View().Field("asking") == nil {
				t.Errorf("%s: it was not asked", c.name)
			}
			r.now = r.now.Add(29 * time.Second)
			r.do(Tick{})
			if r.c.View().Screen != shown {
				t.Errorf("%s: the question lasts less than 30 s", c.name)
			}
			r.now = r.now.Add(time.Second)
			r.do(Tick{})
		}
		if s := r.c.View().Screen; s == shown {
			t.Errorf("%s: still on %s", c.name, s)
		}
	}
}

// printedNow has the printer finish the newest slip, whoever asked before.
func (r *rig) printedNow() {
	for i := len(r.all) - 1; i >= 0; i-- {
		if p, ok := r.all[i].(Print); ok {
			r.do(Printer{printer.Event{Kind: printer.Printed, ID: p.ID}})
			return
		}
	}
}

// TestAPrinterThatSaysNothing: the customer is not kept in front of "printing".
func TestAPrinterThatSaysNothing(t *testing.T) {
	r := newRig(t)
	r.toCash()
	r.note(10000)
	r.finish()
	r.answerPosted(10000)
	job, _ := last[Print](r)
	r.now = r.now.Add(slipPatience)
	r.do(Tick{})
	if v := r.c.View(); v.Field("slip") != "failed" || !v.Offers("print") {
		t.Errorf("slip %v, offered %+v", v.Field("slip"), v.Actions)
	}
	r.do(Printer{printer.Event{Kind: printer.Printed, ID: job.ID}}) // it did print
	if v := r.c.View(); v.Field("slip") != "printed" || v.Offers("print") {
		t.Errorf("slip %v", v.Field("slip"))
	}
}

// TestAReportAboutAnEarlierSlipIsJournaled, while the next customer is served.
func TestAReportAboutAnEarlierSlipIsJournaled(t *testing.T) {
	r := newRig(t)
	r.toCash()
	r.note(10000)
	r.finish()
	r.answerPosted(10000)
	job, _ := last[Print](r)
	first := r.c.money.last.Serial
	r.touch("finish")
	r.toCash()
	n := r.count("slip")
	r.do(Printer{printer.Event{Kind: printer.NotPrinted, ID: job.ID, Detail: "no paper"}})
	if r.count("slip") != n+1 {
		t.Error("the slip was not printed, and the journal does not know")
	}
	if got, err := r.c.money.fold(first); err != nil || got.Slip != "not-printed" || got.Copies != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	if r.c.money.last.Serial == first || r.c.View().Screen != page.InsertCash {
		t.Error("the earlier payment took the place of the one that takes notes")
	}
	for _, id := range []string{"", "x", "x/1", first + "/", first + "/0", first + "/-1"} {
		r.do(Printer{printer.Event{Kind: printer.NotPrinted, ID: id}})
	}
	if r.count("slip") != n+1 {
		t.Error("a report about nothing was journaled")
	}
}

// TestAPageThatThePrinterRefusesIsAnAlarm: the printer is well; the slip is not.
func TestAPageThatThePrinterRefusesIsAnAlarm(t *testing.T) {
	r := newRig(t)
	r.toCash()
	r.note(10000)
	r.finish()
	r.answerPosted(10000)
	job, _ := last[Print](r)
	r.do(Printer{job.Command.Refused(errTooLong)})
	if v := r.c.View(); v.Field("slip") != "failed" || !v.Offers("print") {
		t.Errorf("slip %v", v.Field("slip"))
	}
	if w := r.c.Status().Warnings; len(w) != 1 || w[0] != "page" || len(r.c.Status().Blocks) != 0 || r.count("alarm") != 1 {
		t.Errorf("warnings %v, blocks %v, %d alarms", w, r.c.Status().Blocks, r.count("alarm"))
	}
	r.touch("print", "yes", "true")
	job, _ = last[Print](r)
	r.do(Printer{printer.Event{Kind: printer.Printed, ID: job.ID}})
	if w := r.c.Status().Warnings; len(w) != 0 {
		t.Errorf("warnings %v", w)
	}
}

type tooLong struct{}

func (tooLong) Error() string { return "the page has more than 4096 bytes" }

var errTooLong = tooLong{}

// TestANoteThatCameBackAfterAPowerCutIsSaid.
func TestANoteThatCameBackAfterAPowerCutIsSaid(t *testing.T) {
	r := newRig(t)
	r.toCash()
	r.validator(bill.Escrowed, 1000)
	r.ordered(bill.Stack)
	r.restart()
	r.validator(bill.PoweredUpInValidator, 0)
	r.validator(bill.Returned, 1000)
	r.validator(bill.Disabled, 0)
	r.screen(page.Done)
	const want = "刚才停电，您的 ¥10.00 已从入钞口退回，请取走。账户没有变化。"
	if got := r.c.View().Field("next_text"); got != want {
		t.Errorf("%v, want %s", got, want)
	}
}

// TestAnEndThatIsWorseThanWasSaidIsShown: posting was to follow, and is refused
// while the customer still reads that.
func TestAnEndThatIsWorseThanWasSaidIsShown(t *testing.T) {
	r := newRig(t)
	r.toCash()
	r.note(10000)
	r.finish()
	if a := r.asked(); len(a) == 0 {
		t.Fatal("not asked")
	}
	r.now = r.now.Add(resultPatience)
	r.do(Tick{})
	r.screen(page.Done)
	r.printed()

	again := r.asked()
	for i := 0; len(again) == 0 && i < 10; i++ { // the first question is over, the next one waits a little
		r.now = r.now.Add(time.Second)
		r.do(Tick{})
		again = r.asked()
	}
	if len(again) != 1 {
		t.Fatalf("asked again: %+v", again)
	}
	r.screen(page.Done)
	r.reply(again[0], wire.PostState{Serial: r.c.money.last.Serial, Status: wire.PostOwed})
	if s := r.c.money.last.Status(); s != payments.Owed {
		t.Fatalf("the payment is %v", s)
	}
	r.screen(page.Failed)
	if job, ok := last[Print](r); !ok || !strings.HasSuffix(job.ID, "/2") {
		t.Errorf("no slip that says so: %q", job.ID)
	}
}

// TestTheButtonSaysWhatFollows from paying now.
func TestTheButtonSaysWhatFollows(t *testing.T) {
	r := newRig(t)
	r.toCash()
	button := func() page.Action {
		for _, a := range r.c.View().Actions {
			if a.Name == "finish-cash" {
				return a
			}
		}
		return page.Action{}
	}
	for _, c := range []struct {
		note         int64
		label, note2 string
	}{{10000, "确认缴费 ¥100.00", "缴后仍欠 ¥28.50"}, {5000, "确认缴费 ¥150.00", "其中 ¥21.50 转入预收"}} {
		r.note(c.note)
		if b := button(); b.Label != c.label || b.Note != c.note2 || !b.Enabled {
			t.Errorf("%+v, want %s, %s", b, c.label, c.note2)
		}
	}
}

// TestASlipWaitsForThePrinterOfTheStart: a printer that comes up after the kiosk prints by
// itself what fell due before, but nobody waits long for one that does not.
func TestASlipWaitsForThePrinterOfTheStart(t *testing.T) {
	cut := func() *rig {
		r := newCodeRig(t)
		serial := r.openCode()
		r.reply(r.request(wire.OpQRWait, serial), wire.QRState{Serial: serial, Status: wire.QRPaid, Amount: due, Acquirer: "alipay", Reference: "A1"})
		r.j = r.j.Reopen()
		r.start() // without the printer
		r.do(Link{Up: true})
		r.reply(r.request(wire.OpPost, serial), posted(serial, due))
		r.screen(page.Done)
		if v := r.c.View(); v.Field("slip") != "printing" || r.count("slip") != 0 {
			t.Errorf("before the printer is up the slip is %v", v.Field("slip"))
		}

		return r
	}

	r := cut()
	r.do(Printer{printer.Event{Kind: printer.StatusChanged, Status: printer.Status{State: hal.DeviceStarting}}})
	if _, ok := last[Print](r); ok {
		t.Error("a printer that is starting was given a slip")
	}
	r.do(Printer{printer.Event{Kind: printer.StatusChanged, Status: printer.Status{State: hal.DeviceOnline, Paper: printer.PaperFull}}})
	r.do(Printer{printer.Event{Kind: printer.StatusChanged, Status: printer.Status{State: hal.DeviceOnline, Paper: printer.PaperNearEnd}}})
	if job, ok := last[Print](r); !ok || !strings.HasSuffix(job.ID, "/1") {
		t.Errorf("printed as %q", job.ID)
	}

	r = cut()
	if w := r.c.Wake(); w.After(r.now.Add(printerPatience)) {
		t.Errorf("the kiosk sleeps until %s", w)
	}
	r.now = r.now.Add(printerPatience)
	r.do(Tick{})
	if v := r.c.View(); v.Field("slip") != "failed" || !v.Offers("print") {
		t.Errorf("without a printer the slip is %v, offered %+v", v.Field("slip"), v.Actions)
	}

	r = cut()
	r.do(Printer{printer.Event{Kind: printer.StatusChanged, Status: printer.Status{State: hal.DeviceOnline, Paper: printer.PaperOut}}})
	if v := r.c.View(); v.Field("slip") != "failed" {
		t.Errorf("without paper the slip is %v", v.Field("slip"))
	}
}

// TestASlipWaitsForAPrinterThatIsSilentForAMoment: whoever pays just then has the slip as soon
// as the printer is back, and is not kept in front of one that stays away.
func TestASlipWaitsForAPrinterThatIsSilentForAMoment(t *testing.T) {
	paid := func() *rig {
		r := newCodeRig(t)
		r.c.slips.backBy = r.now // the start is long ago
		serial := r.openCode()
		r.do(Printer{printer.Event{Kind: printer.StatusChanged, Status: printer.Status{State: hal.DeviceOffline}}})
		r.reply(r.request(wire.OpQRWait, serial), wire.QRState{Serial: serial, Status: wire.QRPaid, Amount: due, Acquirer: "alipay", Reference: "A1"})
		r.reply(r.request(wire.OpPost, serial), posted(serial, due))
		r.screen(page.Done)
		if v := r.c.View(); v.Field("slip") != "printing" || r.count("slip") != 0 {
			t.Errorf("while the printer is silent the slip is %v", v.Field("slip"))
		}

		return r
	}

	r := paid()
	r.now = r.now.Add(5 * time.Second)
	r.do(Printer{printer.Event{Kind: printer.StatusChanged, Status: printer.Status{State: hal.DeviceOnline, Paper: printer.PaperFull}}})
	if job, ok := last[Print](r); !ok || !strings.HasSuffix(job.ID, "/1") {
		t.Errorf("printed as %q", job.ID)
	}

	r = paid()
	r.now = r.now.Add(printerPatience)
	r.do(Tick{})
	if v := r.c.View(); v.Field("slip") != "failed" || !v.Offers("print") {
		t.Errorf("without a printer the slip is %v, offered %+v", v.Field("slip"), v.Actions)
	}
}
