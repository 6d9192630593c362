package main

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestImageRenewal takes a board over the end of its certificate, twice: in its last third it
// is renewed over the line, and renewed again when the board was away past the end of that.
// Then it is paid. Both clocks are set on: the board's by hand, as it has no battery.
func TestImageRenewal(t *testing.T) {
	needImage(t)
	s := newShell(t, t.TempDir())
	r := startRig(t)
	r.serving()
	first := s.certificateEnds("/data/config/kiosk.d")
	begun := time.Now()
	setOn := func(ends time.Time, before time.Duration) {
		t.Helper()
		r.lineUp(false)
		shift := time.Until(ends.Add(-before)).Round(time.Second)
		s.run(fmt.Sprintf("date -s @%d", time.Now().Add(shift).Unix()))
		r.bench("clock", fields{"shift_ms": shift.Milliseconds()})
		r.lineUp(true)
	}
	renewed := func(what string, than time.Time) (ends time.Time) {
		t.Helper()
		begun := time.Now()
		untilWithin(t, trialLimit, "the certificate is renewed "+what, func() (bool, string) {
			wait(t.Context(), seldom)
			ends = s.certificateEnds("/var/lib/wattkiosk/identity")
			return ends.After(than.Add(24 * time.Hour)), ends.String() // a key that is new on the board is certified anew at once
		})
		r.serving()
		t.Logf("%s: it ends %s instead of %s, %v after the line came back", what, ends.Format(time.DateOnly), than.Format(time.DateOnly), time.Since(begun).Round(time.Second))
		return ends
	}
	setOn(first, 30*24*time.Hour)
	second := renewed("in its last third", first)
	setOn(second, -20*24*time.Hour)
	renewed("after its end", second)
	last := r.pay1000000001()
	r.booked(last.text("serial"), "posted")
	t.Logf("%v in all", time.Since(begun).Round(time.Second))
}

// certificateEnds is when the newest certificate of a folder of the guest ends; zero where there
// is none.
func (s *shell) certificateEnds(dir string) (ends time.Time) {
	s.t.Helper()
	out := s.run("for f in " + dir + "/*; do sed -n '/BEGIN CERTIFICATE/,/END CERTIFICATE/p' $f; done; true")
	out, _, _ = strings.Cut(out, "exit ")
	for rest := []byte(out); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return ends
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			s.t.Fatal(err)
		}
		if !c.IsCA && c.NotAfter.After(ends) {
			ends = c.NotAfter
		}
	}
}
