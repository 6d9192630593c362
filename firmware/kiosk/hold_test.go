package kiosk

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"wattkiosk/firmware/page"
	"wattkiosk/hal/bill"
	"wattkiosk/payments/cassette"
	"wattkiosk/payments/money"
)

func (r *rig) hold(d time.Duration) error {
	out, err := r.c.Hold(r.now, HoldUpdate, d)
	r.came(out)
	return err
}

func TestAHoldKeepsCustomersFromBeginning(t *testing.T) {
	r := newRig(t)
	head := r.j.Head()
	if err := r.hold(2 * time.Minute); err != nil {
		t.Fatal(err)
	}
	r.screen(page.OutOfService)
	v := r.c.View()
	if v.Title != "稍后恢复服务" || v.Field("message") != "软件升级中，请稍候几分钟。" || !slices.Equal(r.c.Status().Blocks, []string{"update"}) {
		t.Errorf("%s, %v, blocks %v", v.Title, v.Field("message"), r.c.Status().Blocks)
	}
	if _, err := r.c.Touch(r.now, page.Intent{Rev: v.Rev, Name: "start"}); err == nil {
		t.Error("a customer began")
	}
	r.touch("language", "lang", "en")
	if v := r.c.View(); v.Title != "Back in a few minutes" || !strings.HasPrefix(v.Field("message").(string), "Software update in progress") {
		t.Errorf("%s, %v", v.Title, v.Field("message"))
	}
	if !r.c.Status().Idle || r.j.Head() != head {
		t.Errorf("idle %v, head %d after %d", r.c.Status().Idle, r.j.Head().Seq, head.Seq)
	}
}

func TestAHoldEnds(t *testing.T) {
	for name, c := range map[string]struct {
		ask  time.Duration
		then func(*rig)
		ends time.Duration // after t0
	}{
		"by itself":          {time.Minute, func(*rig) {}, time.Minute},
		"however long asked": {time.Hour, func(*rig) {}, MaxHold},
		"later when renewed": {time.Minute, func(r *rig) {
			r.now = t0.Add(50 * time.Second)
			if err := r.hold(time.Minute); err != nil {
				r.t.Error(err)
			}
		}, 110 * time.Second},
	} {
		r := newRig(t)
		if err := r.hold(c.ask); err != nil {
			t.Fatal(err)
		}
		c.then(r)
		if w := r.c.Wake(); w.After(t0.Add(c.ends)) {
			t.Errorf("%s: sleeps until %v", name, w)
		}
		r.now = t0.Add(c.ends - time.Millisecond)
		r.do(Tick{})
		r.screen(page.OutOfService)
		r.now = t0.Add(c.ends)
		r.do(Tick{})
		if r.c.View().Screen != page.Idle || r.c.hold.on(r.now) {
			t.Errorf("%s: screen %s", name, r.c.View().Screen)
		}
	}
	r := newRig(t)
	if err := r.hold(time.Minute); err != nil {
		t.Fatal(err)
	}
	r.came(r.c.Release(r.now))
	r.screen(page.Idle)
	r.came(r.c.Release(r.now)) // twice is once
	r.screen(page.Idle)
	if err := r.hold(time.Minute); err != nil {
		t.Fatal(err)
	}
	r.restart()
	r.validator(bill.Disabled, 0)
	r.do(Link{Up: true})
	r.screen(page.Idle) // a new start has none
}

// TestAHoldCutsNothingOff: at each of these moments a restart would.
func TestAHoldCutsNothingOff(t *testing.T) {
	for name, c := range map[string]struct {
		lead func(*rig)
		why  string
	}{
		"choosing":      {func(r *rig) { r.touch("start") }, "customer"},
		"typing":        {func(r *rig) { r.touch("pay-bill") }, "customer"},
		"at the slot":   {func(r *rig) { r.toCash() }, "customer"},
		"a note inside": {func(r *rig) { r.toCash(); r.note(10000) }, "customer"},
		"posting":       {func(r *rig) { r.toCash(); r.note(10000); r.finish() }, "customer"},
		"reading":       {func(r *rig) { r.toCash(); r.note(10000); r.finish(); r.answerPosted(10000) }, "customer"},
		"a stray note":  {func(r *rig) { r.validator(bill.Accepting, 0) }, "note"},
		"starting":      {func(r *rig) { r.restart() }, "note"},
		"a full disk":   {func(r *rig) { r.j.Full(true); r.do(Door{Name: "door", Open: true}) }, "durable"},
		"not journaled": {func(r *rig) { r.j.Full(true); r.validator(bill.Stacked, 1000); r.validator(bill.Disabled, 0) }, "durable"},
		"logging in":    {func(r *rig) { r.stick("offered"); r.touch("staff") }, "customer"},
	} {
		r := newRig(t)
		c.lead(r)
		before := r.c.View()
		err := r.hold(time.Minute)
		if !errors.Is(err, ErrBusy) || !strings.Contains(err.Error(), c.why) {
			t.Errorf("%s: %v, want busy: …%s…", name, err, c.why)
		}
		if after := r.c.View(); after.Screen != before.Screen || slices.Contains(r.c.Status().Blocks, "update") {
			t.Errorf("%s: the screen went from %s to %s", name, before.Screen, after.Screen)
		}
	}
}

// TestAHoldWhileAPostingWaits: the line is dead, the customer has gone with the slip;
// the restart that a new software needs loses nothing of the payment.
func TestAHoldWhileAPostingWaits(t *testing.T) {
	r := newRig(t)
	r.toCash()
	r.note(10000)
	r.finish()
	r.do(Link{})
	r.touch("finish")
	open := r.c.Status().Open
	if len(open) != 1 {
		t.Fatalf("%d open transactions", len(open))
	}
	if err := r.hold(time.Minute); err != nil {
		t.Fatal(err)
	}
	r.screen(page.OutOfService)
	r.restart()
	if again := r.c.Status().Open; len(again) != 1 || again[0].Serial != open[0].Serial || again[0].Total() != open[0].Total() {
		t.Errorf("after the restart %+v, before it %+v", again, open)
	}
}

// TestADeadValidatorMayBeHeld: a new software may be just what it needs.
func TestADeadValidatorMayBeHeld(t *testing.T) {
	for _, k := range []bill.Kind{bill.Silent, bill.Jammed, bill.Failed, bill.Lost, bill.CassetteRemoved} {
		r := newRig(t)
		r.validator(k, 0)
		if err := r.hold(time.Minute); err != nil {
			t.Errorf("%v: %v", k, err)
		}
	}
}

// TestMoneyAfterARefusedHold: asking changes nothing for who is paying.
func TestMoneyAfterARefusedHold(t *testing.T) {
	r := newRig(t)
	r.toCash()
	for range 3 {
		if err := r.hold(time.Minute); err == nil {
			t.Fatal("held")
		}
	}
	r.note(10000)
	r.finish()
	r.answerPosted(10000)
	r.screen(page.Done)
	if got := r.c.Status().Cash.Inside(); got != (cassette.Tally{Notes: 1, Total: money.Amount(10000)}) {
		t.Errorf("cassette %+v", got)
	}
}
