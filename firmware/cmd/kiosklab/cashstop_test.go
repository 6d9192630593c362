package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"
)

// TestLabNoCashUntilSigned: an accountant has kiosks take no notes after 08:00 until the date
// is signed. It passes, and the kiosk's screen offers cash no more, and all else; it is
// signed, and the screen offers cash again at once. A kiosk that is cut off stops as well.
func TestLabNoCashUntilSigned(t *testing.T) {
	t.Parallel()
	r := startRig(t)
	r.serving()
	zone, err := time.LoadLocation(r.places.Zone)
	if err != nil {
		t.Fatal(err)
	}
	day := time.Now().In(zone)
	date := day.Format(time.DateOnly)
	at := func(days, hour, minute int) {
		t.Helper()
		r.bench("clock", fields{"shift_ms": time.Until(time.Date(day.Year(), day.Month(), day.Day()+days, hour, minute, 0, 0, zone)).Milliseconds()})
	}
	who := slices.IndexFunc(r.places.Accounts, func(a account) bool { return a.User == "accountant" })
	accountant := newOfficeClient(r.places, r.places.Accounts[who])
	posts := func(what string, in fields) {
		t.Helper()
		body, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		var out json.RawMessage
		if err := accountant.call(http.MethodPost, what, "application/json", body, &out); err != nil {
			t.Fatal(err)
		}
	}
	stopped := func(want bool) {
		t.Helper()
		until(t, fmt.Sprintf("no notes: %t", want), func() (bool, string) {
			s := r.mustState()
			return slices.Contains(s.kiosk.Blocks, "unsigned") == want, fmt.Sprint(s.kiosk.Blocks)
		})
	}
	offers := func(cash bool) {
		t.Helper()
		r.touch("idle", "start", nil)
		r.touch("choose-service", "pay-bill", nil)
		r.touch("enter-account", "account", fields{"number": "1000000004"})
		r.touch("confirm-account", "confirm", nil)
		v := r.see("choose-tender", nil)
		status, answer, err := r.intent(v.Rev, "tender", fields{"kind": "cash"})
		switch {
		case cash && (status != http.StatusOK || err != nil), !cash && status != http.StatusUnprocessableEntity:
			t.Errorf("cash is offered %t: %d %s, %v", cash, status, answer, err)
		case cash:
			r.see("insert-cash", func(v view) bool { return v.Fields["taking_notes"] == true })
		default:
			r.touch("choose-tender", "tender", fields{"kind": "qr"}) // all else is as it was
			r.see("choose-amount", nil)
		}
		until(t, "the visit ends", func() (bool, string) {
			v, err := r.look()
			if err == nil && v.Screen != "idle" && v.offers("cancel") {
				_, _, err = r.intent(v.Rev, "cancel", nil)
			}
			return v.Screen == "idle", fmt.Sprintf("%+v, %v", v, err)
		})
	}

	posts("cash-rules", fields{"scope": "fleet", "from": "08:00"})
	at(1, 7, 59)
	if got := r.settles(date, 0); got.Status != "balanced" {
		t.Fatalf("%+v", got)
	}
	offers(true)
	at(1, 8, 1)
	stopped(true)
	offers(false)
	posts("dates/"+date+"/sign", fields{"password": r.places.Accounts[who].Password})
	stopped(false)
	offers(true)

	r.lineUp(false)
	at(2, 8, 1)
	stopped(true)
}
