package joint

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"wattkiosk/firmware/page"
	"wattkiosk/hal/bill/billtest"
	"wattkiosk/hal/bill/ssp/sspsim"
	"wattkiosk/payments/record"
)

// alarms counts the alarms of the validator in the journal: how often it came and went.
func (r *rig) alarms() (on, off int) {
	r.t.Helper()
	err := r.journal.Each(1, func(rec record.Record) error {
		var a struct {
			Code string
			On   bool
		}
		if rec.Type != "alarm" {
			return nil
		}
		if err := json.Unmarshal(rec.Payload, &a); err != nil {
			return err
		}
		switch {
		case a.Code != "validator":
		case a.On:
			on++
		default:
			off++
		}
		return nil
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return on, off
}

// asksInVain lets customers come for some minutes, and says how often one was asked for
// notes.
func (r *rig) asksInVain(what string) {
	r.t.Helper()
	for range 20 {
		if r.toCash() && r.core.View().Screen == page.InsertCash {
			r.t.Errorf("%s: a customer is asked for notes at %v; blocks %v", what, r.Now.Sub(epoch), r.core.Status().Blocks)
		}
		r.touch("finish-cash")
		r.touch("cancel")
		r.pass(13*time.Second, time.Second)
	}
}

// shutFrom runs a validator that does not open, and checks that cash is blocked, that an
// alarm says so, and that no customer is asked for notes.
func (r *rig) shutFrom(what string) {
	r.t.Helper()
	r.ready()
	if !slices.Contains(r.core.Status().Blocks, "validator") {
		r.t.Errorf("%s: blocks %v, want validator", what, r.core.Status().Blocks)
	}
	if on, _ := r.alarms(); on == 0 {
		r.t.Errorf("%s: no alarm", what)
	}
	r.asksInVain(what)
}

// TestOpensWithoutEffect: a validator takes Enable, and stays shut. It is found out while
// nobody is there.
func TestOpensWithoutEffect(t *testing.T) {
	for _, v := range validators {
		r := newRig(t, v)
		if err := r.Device.Fault(billtest.FaultStuckShut, false); err != nil {
			continue // it cannot show it
		}
		r.shutFrom(v.name)
	}
}

// TestPollsRefused: an SSP device answers every poll with a refusal. It is there, and
// tells nothing of itself.
func TestPollsRefused(t *testing.T) {
	for _, code := range []byte{0xF2, 0xF5, 0xF8} {
		for _, plain := range []bool{false, true} {
			r := join(t, newSSP, sspsim.New(sspsim.Config{Plain: plain, Refuses: code}))
			r.shutFrom("every poll refused")
		}
	}
}

// TestAShutValidatorIsOneAlarm: a validator that does not open is tried again all day, and
// the journal has one alarm of it, until it opens.
func TestAShutValidatorIsOneAlarm(t *testing.T) {
	day := func(what string, r *rig) {
		r.ready()
		r.pass(24*time.Hour, time.Minute)
		if on, off := r.alarms(); on != 1 || off != 0 {
			t.Errorf("%s: the alarm came %d times and went %d times in a day", what, on, off)
		}
	}
	for i, v := range usual {
		if !sampled(i, 3) {
			continue
		}
		r := newRig(t, v)
		if err := r.Device.Fault(billtest.FaultStuckShut, false); err != nil {
			t.Fatal(err)
		}
		day(v.name+", stuck", r)
		if err := r.Device.Fault(billtest.FaultStuckShut, true); err != nil {
			t.Fatal(err)
		}
		r.pass(time.Hour, time.Minute)
		if on, off := r.alarms(); on != 1 || off != 1 {
			t.Errorf("%s opens again: the alarm came %d times and went %d times", v.name, on, off)
		}
	}
	for i, v := range foreign {
		if sampled(i, 3) {
			day(v.name+", notes of another country", newRig(t, v))
		}
	}
	day("polls refused", join(t, newSSP, sspsim.New(sspsim.Config{Refuses: 0xF5})))
}
