package kiosk

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"wattkiosk/firmware/page"
	"wattkiosk/hal/bill"
	"wattkiosk/payments"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/wire"
)

var verified = wire.VerifyResult{Payable: true, Account: "1000000001", Name: "张**", Arrears: 12850}

// asked are the requests that went out since the last look, oldest first.
func (r *rig) asked() (all []Ask) {
	for _, e := range r.out {
		if a, ok := e.(Ask); ok {
			all = append(all, a)
		}
	}
	r.out = nil
	return all
}

func (r *rig) reply(a Ask, body any) {
	r.t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		r.t.Fatal(err)
	}
	r.do(Reply{wire.Reply{V: 1, ID: a.ID, Body: b}})
}

// owed is a payment of 100.00 that head office could not post.
func owed(t *testing.T) (*rig, string) {
	r := newRig(t)
	r.toCash()
	r.note(10000)
	r.finish()
	a := r.asked()
	serial := r.c.money.last.Serial
	r.reply(a[len(a)-1], wire.PostState{Serial: serial, Status: wire.PostOwed, Code: "1035"})
	r.screen(page.Failed)
	r.touch("finish")
	return r, serial
}

// TestAnAnswerForAnotherAccountIsNone: neither one that names another, nor one that
// comes after the customer has typed another.
func TestAnAnswerForAnotherAccountIsNone(t *testing.T) {
	for name, v := range map[string]wire.VerifyResult{
		"another account":    {Payable: true, Account: "1000000002", Arrears: 100},
		"no account":         {Payable: true, Name: "张**", Arrears: 12850},
		"a negative minimum": {Payable: true, Account: "1000000001", Minimum: -5},
		"negative arrears":   {Payable: true, Account: "1000000001", Arrears: -1},
	} {
		r := newRig(t)
		r.touch("start")
		r.touch("pay-bill")
		r.touch("account", "number", "1000000001")
		r.answer(v)
		if got := r.c.View(); got.Screen != page.EnterAccount || got.Field("notice") != "unavailable" {
			t.Errorf("%s: %s, notice %v", name, got.Screen, got.Field("notice"))
		}
	}

	r := newRig(t)
	r.touch("start")
	r.touch("pay-bill")
	r.touch("account", "number", "1000000009")
	first := r.asked()[0]
	r.touch("back")
	r.touch("pay-bill")
	r.touch("account", "number", "1000000001")
	second := r.asked()[0]
	r.reply(first, wire.VerifyResult{Payable: true, Account: "1000000009", Arrears: 77700})
	r.screen(page.EnterAccount)
	r.reply(second, verified)
	r.screen(page.ConfirmAccount)
	if v := r.c.View(); v.Field("account") != "1000000001" || v.Field("arrears_text") != "128.50" {
		t.Errorf("shows %v with %v", v.Field("account"), v.Field("arrears_text"))
	}
}

// TestASecondAccountOfAVisitHasItsOwnQuote.
func TestASecondAccountOfAVisitHasItsOwnQuote(t *testing.T) {
	r := newRig(t)
	r.touch("start")
	r.touch("pay-bill")
	r.touch("account", "number", "1000000001")
	r.answer(verified)
	r.touch("back")
	r.touch("account", "number", "1000000002")
	r.answer(wire.VerifyResult{Payable: true, Account: "1000000002", Arrears: 500})
	r.touch("confirm")
	r.touch("tender", "kind", "cash")
	if got := r.c.Status().Open[0]; got.Account != "1000000002" {
		t.Errorf("opened for %s", got.Account)
	}
}

// TestAMinimumThatNotesCannotReachIsRefusedFirst: before the first note.
func TestAMinimumThatNotesCannotReachIsRefusedFirst(t *testing.T) {
	for _, c := range []struct {
		minimum int64
		screen  page.Screen
	}{{500000, page.ConfirmAccount}, {500001, page.EnterAccount}, {3000000, page.EnterAccount}} {
		r := newRig(t)
		r.touch("start")
		r.touch("pay-bill")
		r.touch("account", "number", "1000000001")
		v := verified
		v.Minimum = payments.Opened{Minimum: 0}.Minimum
		_ = json.Unmarshal([]byte(fmt.Sprint(c.minimum)), &v.Minimum)
		v.Arrears = v.Minimum
		r.answer(v)
		r.screen(c.screen)
		if got := r.c.View().Field("notice"); c.screen == page.EnterAccount && got != "too-large" {
			t.Errorf("%d: notice %v", c.minimum, got)
		}
	}
}

// TestBelowTheMinimumThereIsAWayOut: the customer may stop, and the money is owed.
func TestBelowTheMinimumThereIsAWayOut(t *testing.T) {
	r := newRig(t)
	r.touch("start")
	r.touch("pay-bill")
	r.touch("account", "number", "1000000001")
	v := verified
	v.Minimum = 12850
	r.answer(v)
	r.touch("confirm")
	r.touch("tender", "kind", "cash")
	r.validator(bill.Idling, 0)
	r.note(10000)
	if s := r.c.View(); s.Offers("finish-cash") || s.Offers("cancel") || !s.Offers("stop-cash") {
		t.Errorf("offered: %+v", s.Actions)
	}
	r.touch("stop-cash")
	r.validator(bill.Disabled, 0)
	a := r.asked()
	r.reply(a[len(a)-1], wire.PostState{Serial: r.c.money.last.Serial, Status: wire.PostOwed})
	r.screen(page.Failed)
	if got := r.c.View().Field("result"); got != "owed" {
		t.Errorf("result %v", got)
	}
}

// TestWhyNobodyCouldLookItUp: the line, or the billing system behind a line that is
// up. The sum owed is unknown, and is not zero.
func TestWhyNobodyCouldLookItUp(t *testing.T) {
	policy := wire.Policy{V: 1, Kiosk: "*", Serial: 1, Expires: t0.Add(time.Hour).UnixMilli(), OfflinePay: true, PerTxn: 20000, PerAccount: 25000, Total: 30000}
	const line, mis = "查询时线路不通", "查询时电费系统没有答复"
	for _, c := range []struct {
		name string
		act  func(r *rig, a Ask)
		says string
	}{
		{"the line goes", func(r *rig, _ Ask) { r.do(Link{}) }, line},
		{"the MIS is down", func(r *rig, a Ask) {
			r.do(Reply{wire.Reply{V: 1, ID: a.ID, Error: &wire.Error{Code: wire.ErrCodeUnavailable}}})
		}, mis},
		{"nobody answers", func(r *rig, a Ask) { r.do(Expired{a.ID}) }, mis},
		{"nobody says so", func(r *rig, _ Ask) { r.now = r.now.Add(verifyTTL + 2*time.Second); r.do(Tick{}) }, mis},
	} {
		r := newRig(t)
		r.do(NewPolicy{policy})
		r.touch("start")
		r.touch("pay-bill")
		r.touch("account", "number", "1000000001")
		c.act(r, r.asked()[0])
		r.screen(page.ConfirmAccount)
		v := r.c.View()
		if hint, _ := v.Field("hint").(string); len(hint) < len(c.says) || hint[:len(c.says)] != c.says {
			t.Errorf("%s: %q", c.name, hint)
		}
		r.touch("confirm")
		r.do(Link{Up: true}) // what was wrong stays as it was, whatever the line does
		v = r.c.View()
		hint, _ := v.Field("hint").(string)
		if v.Screen != page.ChooseTender || !strings.HasPrefix(hint, c.says) || strings.Contains(hint, "可返回重查") != (c.says == line) {
			t.Errorf("%s, and the line is up on %s: %q", c.name, v.Screen, hint)
		}
		r.touch("tender", "kind", "cash")
		r.validator(bill.Idling, 0)
		r.note(10000)
		v = r.c.View()
		for _, field := range []string{"arrears", "arrears_text", "remaining", "surplus", "surplus_text"} {
			if got := v.Field(field); got != nil {
				t.Errorf("%s: %s is %v, and nobody knows it", c.name, field, got)
			}
		}
		if v.Field("unknown_text") == nil || v.Field("verified") != false {
			t.Errorf("%s: it is not said that the sum is unknown", c.name)
		}
	}
}

// TestABacklogDoesNotAskAtOnce: a hundred payments were taken offline.
func TestABacklogDoesNotAskAtOnce(t *testing.T) {
	r := newRig(t)
	r.do(NewPolicy{wire.Policy{V: 1, Kiosk: "*", Serial: 1, Expires: r.now.Add(time.Hour).UnixMilli(), OfflinePay: true, PerTxn: 50000, PerAccount: 10000000, Total: 10000000}})
	r.do(Link{})
	for range 100 {
		r.touch("start")
		r.touch("pay-bill")
		r.touch("account", "number", "1000000001")
		r.touch("confirm")
		r.touch("tender", "kind", "cash")
		r.validator(bill.Idling, 0)
		r.note(10000)
		r.finish()
		r.touch("finish")
	}
	r.out = nil
	r.do(Link{Up: true})
	under := r.asked()
	if len(under) != 4 || len(r.c.Status().Open) != 100 {
		t.Errorf("%d asked at once of %d open, want 4 of 100", len(under), len(r.c.Status().Open))
	}
	for len(under) > 0 {
		var body wire.PostBody
		_ = json.Unmarshal(under[0].Body, &body)
		r.reply(under[0], posted(body.Serial, 10000))
		under = append(under[1:], r.asked()...)
	}
	if n := len(r.c.Status().Open); n != 0 {
		t.Errorf("%d are still open", n)
	}
}

// TestPendingIsNoEnd: head office works on it, and is asked again.
func TestPendingIsNoEnd(t *testing.T) {
	r := newRig(t)
	r.toCash()
	r.note(10000)
	r.finish()
	a := r.asked()
	serial := r.c.money.last.Serial
	r.reply(a[len(a)-1], wire.PostState{Serial: serial, Status: wire.PostPending})
	r.reply(a[len(a)-1], posted(serial, 10000)) // a second answer to the same question
	if s := r.c.money.last.Status(); s != payments.Posting {
		t.Fatalf("pending was taken for %s", s)
	}
	r.now = r.now.Add(10 * time.Second)
	r.do(Tick{})
	again := r.asked()
	if len(again) != 1 || again[0].Op != wire.OpPost {
		t.Fatalf("asked again: %+v", again)
	}
	r.reply(again[0], posted("10000001000000009999", 10000)) // another serial says nothing of ours
	if s := r.c.money.last.Status(); s != payments.Posting {
		t.Errorf("an answer about another serial was taken: %s", s)
	}
}

// TestHeadOfficeIsAskedAgainAboutWhatIsOwed: a person retried it there. The first
// slip said owed; the journal learns the end, once.
func TestHeadOfficeIsAskedAgainAboutWhatIsOwed(t *testing.T) {
	r, serial := owed(t)
	for name, wake := range map[string]func(r *rig){
		"after six hours":   func(r *rig) { r.now = r.now.Add(outcomeEvery); r.do(Tick{}) },
		"at the next line":  func(r *rig) { r.do(Link{}); r.do(Link{Up: true}) },
		"at the next start": func(r *rig) { r.restart(); r.do(Link{Up: true}) },
	} {
		r.out = nil
		wake(r)
		a := r.asked()
		if len(a) != 1 || a[0].Op != wire.OpOutcome || string(a[0].Body) != `{"serial":"`+serial+`"}` {
			t.Fatalf("%s: asked %+v", name, a)
		}
		for _, nothing := range []any{
			wire.PostState{Serial: serial, Status: wire.PostOwed},
			wire.PostState{Serial: serial, Status: wire.PostPending},
			wire.PostState{Serial: serial, Status: wire.PostPosted, ToArrears: 1},
			posted("10000001000000009999", 10000),
		} {
			r.reply(a[0], nothing)
			if n := r.count("outcome-resolved"); n != 0 {
				t.Fatalf("%s: %+v was journaled", name, nothing)
			}
			r.now = r.now.Add(outcomeEvery)
			r.do(Tick{})
			if a = r.asked(); len(a) != 1 {
				t.Fatalf("%s: not asked again after %+v", name, nothing)
			}
		}
		r.do(Expired{a[0].ID})
	}

	r.now = r.now.Add(outcomeEvery)
	r.do(Tick{})
	a := r.asked()
	r.reply(a[len(a)-1], posted(serial, 10000))
	if s, n := r.c.money.last.Status(), r.count("outcome-resolved"); s != payments.Posted || n != 1 || len(r.c.money.unsettled) != 0 {
		t.Errorf("it is %s, %d resolutions, %d unsettled", s, n, len(r.c.money.unsettled))
	}
	r.now = r.now.Add(2 * outcomeEvery)
	r.do(Tick{})
	if a := r.asked(); len(a) != 0 {
		t.Errorf("asked about what is settled: %+v", a)
	}
	r.restart()
	if s := r.c.money.last.Status(); s != payments.Posted || len(r.c.money.unsettled) != 0 {
		t.Errorf("after a restart: %s, %d unsettled", s, len(r.c.money.unsettled))
	}
}

// TestWhatIsOwedOutlivesItsRecords: the kiosk asks though the records are trimmed.
func TestWhatIsOwedOutlivesItsRecords(t *testing.T) {
	r, serial := owed(t)
	r.retire()
	r.restart()
	r.do(Link{Up: true})
	a := r.asked()
	if len(a) != 1 || a[0].Op != wire.OpOutcome {
		t.Fatalf("asked %+v", a)
	}
	r.reply(a[0], posted(serial, 10000))
	if n := r.count("outcome-resolved"); n != 1 || len(r.c.money.unsettled) != 0 {
		t.Errorf("%d resolutions, %d unsettled", n, len(r.c.money.unsettled))
	}
}

// TestALostClockSellsNothingOffline: a policy has an end, and a kiosk that does not
// know the time cannot keep it.
func TestALostClockSellsNothingOffline(t *testing.T) {
	r := newRig(t)
	r.do(NewPolicy{wire.Policy{V: 1, Kiosk: "*", Serial: 1, Expires: t0.Add(time.Hour).UnixMilli(), OfflinePay: true, PerTxn: 20000, PerAccount: 25000, Total: 30000}})
	r.do(Link{})
	r.screen(page.Idle)
	r.trust = record.Untrusted
	r.do(Clock{r.trust})
	r.screen(page.OutOfService)
	if w := r.c.Status().Warnings; len(w) != 1 || w[0] != "clock" {
		t.Errorf("warnings %v", w)
	}
	r.now = time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)
	if got := r.c.offline.limit("1000000001", r.now, r.c.money.unfinished()); got != 0 {
		t.Errorf("in 1970 it allows %s", got)
	}
	r.now = t0
	r.trust = record.RTC
	r.do(Clock{r.trust})
	r.screen(page.Idle)
}

// TestAPolicyOfTomorrowDoesNotLockOutTodays: head office's clock was ahead once.
func TestAPolicyOfTomorrowDoesNotLockOutTodays(t *testing.T) {
	r := newRig(t)
	far := t0.AddDate(13, 0, 0)
	r.do(NewPolicy{wire.Policy{V: 1, Kiosk: "*", Serial: uint64(far.UnixMilli()), Issued: far.UnixMilli(), Expires: far.AddDate(0, 0, 7).UnixMilli(), OfflinePay: true, PerTxn: 50000, PerAccount: 50000, Total: 50000}})
	if got := r.c.offline.limit("", r.now, r.c.money.unfinished()); got != 0 {
		t.Errorf("a policy of 2039 allows %s", got)
	}
	r.do(NewPolicy{wire.Policy{V: 1, Kiosk: "*", Serial: uint64(t0.UnixMilli()), Issued: t0.UnixMilli(), Expires: t0.Add(time.Hour).UnixMilli()}})
	if r.c.offline.policy.Serial != uint64(t0.UnixMilli()) {
		t.Error("today's policy was not taken")
	}
	r.do(NewPolicy{wire.Policy{V: 1, Kiosk: "*", Serial: 5, Issued: t0.UnixMilli(), Expires: t0.Add(time.Hour).UnixMilli(), OfflinePay: true}})
	if r.c.offline.policy.Serial == 5 {
		t.Error("an older policy replaced a newer one")
	}
}
