package main

import (
	"encoding/json"
	"path/filepath"
	"testing"
	"time"
)

// certificate is what head office has of the kiosk's identity.
type certificate struct {
	Key          string          `json:"key"`
	Ends         int64           `json:"ends"`
	Certificates map[string]bool `json:"certificates"`
}

// certificate asks head office.
func (r *rig) certificate() (c certificate) {
	r.t.Helper()
	out, err := tool(r.t.Context(), filepath.Join(r.bin, "officed"), "kiosk", "show", kioskID, "--json", "--data", filepath.Join(r.dir, "office"))
	if err == nil {
		err = json.Unmarshal([]byte(out), &c)
	}
	if err != nil {
		r.t.Fatal(err)
	}
	return c
}

// renewed waits until the kiosk's certificate ends between some days from now, by the lab's
// clock, under another key than before.
func (r *rig) renewed(before certificate, days int, shift time.Duration) (now certificate) {
	r.t.Helper()
	want := time.Now().Add(shift).AddDate(0, 0, days)
	until(r.t, "the certificate is renewed", func() (bool, string) {
		wait(r.t.Context(), seldom)
		now = r.certificate()
		ends := time.UnixMilli(now.Ends)
		return now.Key != before.Key && ends.After(want.Add(-24*time.Hour)) && ends.Before(want.Add(time.Hour)), ends.String() + " " + now.Key
	})
	return now
}

// TestBoardRenewal is renewal on the board image.
func TestBoardRenewal(t *testing.T) {
	needImage(t)
	renewal(t)
}

// TestRenewalOfALab is renewal with kioskd as a process of the lab.
func TestRenewalOfALab(t *testing.T) {
	if imageDir() != "" {
		t.Skip("TestBoardRenewal is the same on a board")
	}
	renewal(t)
}

// renewal renews the certificate of a kiosk twice: in the last third of its life, and after a
// hundred days without power, forty days past its end. Each time its key is another one, the
// one before counts no more, and the kiosk takes money.
func renewal(t *testing.T) {
	t.Helper()
	const day = 24 * time.Hour
	r := startRig(t, "--kiosk-life", "1440h") // 60 days
	r.serving()
	first := r.certificate()

	later := func(days int) certificate {
		t.Helper()
		before := r.certificate()
		r.power(false)
		shift := time.Duration(days) * day
		r.bench("clock", fields{"shift_ms": shift.Milliseconds()})
		r.power(true)
		now := r.renewed(before, 60, shift)
		r.serving()
		return now
	}
	second := later(45)
	third := later(145)
	if first.Key == third.Key || second.Key == third.Key || !third.counts() {
		t.Errorf("keys %s, %s, %s; certificates %v", first.Key, second.Key, third.Key, third.Certificates)
	}
	last := r.pay1000000001()
	r.booked(last.text("serial"), "posted")
}

// counts reports whether one certificate counts, and no other.
func (c certificate) counts() bool {
	n := 0
	for _, ok := range c.Certificates {
		if ok {
			n++
		}
	}
	return n == 1
}
