package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// enters has one of the two log in, or sign, once the screen takes it.
func (r *rig) enters(screen, action, number string) {
	r.t.Helper()
	r.touch(screen, action, fields{"number": number, "pin": "284915"})
}

// two of the demonstration log in.
func (r *rig) two(idle, then string) {
	r.t.Helper()
	until(r.t, "the way in for the two", func() (bool, string) {
		v, err := r.look()
		if err != nil || v.Screen != idle {
			return false, fmt.Sprintf("%s, %v", v.Screen, err)
		}
		status, b, err := r.intent(v.Rev, "collect", nil) // no button of the page is it

		return status == http.StatusOK, fmt.Sprintf("%d %s, %v", status, b, err)
	})
	r.enters("staff-collect-login", "collect-login", "2001")
	r.see("staff-collect-login", func(v view) bool { return v.number("nth") == 2 && v.Fields["waiting"] == false })
	r.enters("staff-collect-login", "collect-login", "2002")
	r.see(then, nil)
}

// TestLabCollection: a customer pays with notes, two people take them out with a power cut in
// between, and the slip, the records and head office say the same.
func TestLabCollection(t *testing.T) {
	t.Parallel()
	r := startRig(t)
	r.serving()
	last := r.pay1000000001()
	r.slip(last.text("serial"), "130.00")
	r.touch("done", "finish", nil)
	r.serving()

	r.bench("door", fields{"open": true})
	r.see("out-of-service", nil)
	r.two("out-of-service", "staff-collect-start")
	r.touch("staff-collect-start", "collect-open", nil)
	r.see("staff-collect-exchange", nil)
	if status := r.bench("cassette", fields{"out": true}); status != http.StatusOK {
		t.Fatal(status)
	}
	if status := r.bench("cassette", fields{"out": true}); status != http.StatusConflict {
		t.Errorf("a second one is taken out: %d", status)
	}
	r.see("staff-collect-exchange", func(v view) bool { return v.text("step") == "cassette-out" })
	r.power(false)
	r.bench("cassette", fields{"out": false, "number": "2"})
	r.power(true)

	r.see("out-of-service", nil)
	r.two("out-of-service", "staff-collect-exchange")
	r.see("staff-collect-exchange", func(v view) bool { return v.text("step") == "" })
	r.touch("staff-collect-exchange", "collect-exchange", fields{"number": "2"})
	r.touch("staff-collect-count", "collect-count", fields{"100": "1", "50": "0", "20": "1", "10": "1", "5": "0", "1": "0"})
	v := r.see("staff-collect-check", nil)
	if v.text("verdict") != "agrees" || v.text("expected") != "130.00" {
		t.Errorf("%v", v.Fields)
	}
	r.touch("staff-collect-check", "collect-sign", nil)
	r.enters("staff-collect-sign", "collect-sign", "2002")
	r.see("staff-collect-sign", func(v view) bool { return len(v.Fields["signed"].([]any)) == 1 && v.Fields["waiting"] == false })
	r.enters("staff-collect-sign", "collect-sign", "2001")
	done := r.see("staff-collect-done", func(v view) bool { return v.number("copies") == 2 && v.text("slip") == "printed" })
	text := ""
	for _, s := range r.slips() {
		if strings.Contains(s.Text, "第 2 联 共 2 联") {
			text = s.Text
		}
	}
	for _, want := range []string{"清机单", "清点金额", "130.00", "2001", "2002"} {
		if !strings.Contains(text, want) {
			t.Errorf("the slip has no %q:\n%s", want, text)
		}
	}
	r.bench("door", fields{"open": false})
	r.touch("staff-collect-done", "staff-leave", nil)
	r.serving()

	if s := r.mustState(); s.Bench.Validator.Taken != 13000 || s.Bench.Validator.Total != 0 || s.kiosk.Cash.Total != 0 || s.kiosk.Cash.Number != "2" {
		t.Errorf("bench %+v, kiosk %+v", s.Bench.Validator, s.kiosk.Cash)
	}
	if out, err := r.ctl("journal", "verify"); err != nil {
		t.Errorf("%s, %v", out, err)
	}
	until(t, "head office has the end of the collection", func() (bool, string) {
		s := r.mustState()

		return s.kiosk.Acknowledged == s.kiosk.Head.Seq, done.text("serial")
	})
}
