package main

import (
	"bytes"
	"fmt"
	"image/png"
	"net/http"
	"strings"
	"testing"
	"time"

	"wattkiosk/hal/card/cardsim"
	"wattkiosk/payments/mis/missim"
)

// pay1000000001 pays 128.50 with 100 + 20 + 10 and returns the last screen.
func (r *rig) pay1000000001() view {
	r.t.Helper()
	r.toCash("1000000001")
	r.insert(100, 100)
	r.insert(20, 120)
	r.insert(10, 130)
	r.touch("insert-cash", "finish-cash", nil)
	return r.see("done", nil)
}

// posted checks that the MIS has booked 130.00 once, 1.50 of it in advance.
func (r *rig) posted(serial string) {
	r.t.Helper()
	var entry missim.Entry
	until(r.t, "the MIS has booked "+serial, func() (bool, string) {
		l := r.ledger()
		if len(l.Entries) != 1 {
			return false, fmt.Sprintf("%d entries", len(l.Entries))
		}
		entry = l.Entries[0]
		return true, ""
	})
	if entry.Serial != serial || entry.Amount != 13000 || entry.ToArrears != 12850 || entry.ToAdvance != 150 || entry.PostedCount != 1 || entry.Reversed {
		r.t.Errorf("the MIS has %+v", entry)
	}
	if err := r.ledger().Audit(); err != nil {
		r.t.Errorf("ledger: %v", err)
	}
}

func TestLabPayment(t *testing.T) {
	t.Parallel()
	r := startRig(t)
	r.serving()
	last := r.pay1000000001()
	shown := time.Now()
	serial := last.text("serial")
	got := r.booked(serial, "posted")
	t.Logf("head office shows the transaction %v after the screen", time.Since(shown).Round(time.Millisecond))
	if took := time.Since(shown); took > 2*time.Second {
		t.Errorf("head office took %v", took)
	}
	if got.Total != 13000 || got.ToArrears != 12850 || got.ToAdvance != 150 || got.Account != "1000000001" {
		t.Errorf("head office has %+v", got)
	}
	if last.text("status") != "posted" || last.number("total") != 13000 || last.number("to_advance") != 150 {
		t.Errorf("the screen says %v", last.Fields)
	}
	r.posted(serial)
	r.slip(serial, "130.00")
	r.touch("done", "finish", nil)
	r.serving()
	if s := r.mustState(); s.Bench.Validator.Total != 13000 || int64(s.kiosk.Cash.Total) != 13000 || s.kiosk.Cash.Notes != 3 {
		t.Errorf("cassette %+v, journal %+v", s.Bench.Validator, s.kiosk.Cash)
	}
	if _, err := r.ctl("journal", "verify"); err != nil {
		t.Error(err)
	}
}

// slip waits for one printed slip with the serial and looks at its picture.
func (r *rig) slip(serial string, words ...string) string {
	r.t.Helper()
	var text string
	until(r.t, "the slip is printed", func() (bool, string) {
		for _, s := range r.slips() {
			if strings.Contains(s.Text, serial) {
				text = s.Text
				return true, ""
			}
		}
		return false, fmt.Sprintf("%d slips", len(r.slips()))
	})
	for _, w := range words {
		if !strings.Contains(text, w) {
			r.t.Errorf("the slip has no %q:\n%s", w, text)
		}
	}
	slips := r.slips()
	status, b, err := exchange(http.DefaultClient, http.MethodGet, strings.TrimRight(r.places.Bench, "/")+slips[len(slips)-1].PNG, "", nil)
	if err != nil || status != http.StatusOK {
		r.t.Fatalf("picture of the slip: %d, %v", status, err)
	}
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		r.t.Fatal(err)
	}
	if size := img.Bounds(); size.Dx() < 384 || size.Dy() < 200 {
		r.t.Errorf("the picture is %v", size)
	}
	return text
}

func TestLabLineDown(t *testing.T) {
	t.Parallel()
	r := startRig(t)
	r.serving()
	r.toCash("1000000001")
	r.insert(100, 100)
	r.insert(20, 120)
	r.lineUp(false)
	until(t, "the kiosk has noticed", func() (bool, string) { s := r.mustState(); return !s.kiosk.Online, string(s.Kioskd.Status) })
	r.insert(10, 130)
	r.touch("insert-cash", "finish-cash", nil)
	v := r.see("done", nil)
	if v.text("result") != "pending" {
		t.Errorf("the screen says %v", v.Fields)
	}
	serial := v.text("serial")
	r.slip(serial, "130.00")
	if n := len(r.ledger().Entries); n != 0 {
		t.Errorf("the MIS has %d entries without a line", n)
	}
	r.lineUp(true)
	r.booked(serial, "posted")
	r.posted(serial)
}

func TestLabMISNoReply(t *testing.T) {
	t.Parallel()
	r := startRig(t)
	r.serving()
	r.toCash("1000000001")
	r.insert(100, 100)
	r.insert(20, 120)
	r.insert(10, 130)
	r.misFault("no-reply", 1) // it books and does not say so
	r.touch("insert-cash", "finish-cash", nil)
	v := r.see("done", nil)
	r.booked(v.text("serial"), "posted")
	r.posted(v.text("serial"))
}

func TestLabOfficeKilled(t *testing.T) {
	t.Parallel()
	r := startRig(t)
	r.serving()
	r.toCash("1000000001")
	r.insert(100, 100)
	r.officed(false)
	r.insert(20, 120)
	r.insert(10, 130)
	r.touch("insert-cash", "finish-cash", nil)
	v := r.see("done", nil)
	if v.text("result") != "pending" {
		t.Errorf("the screen says %v", v.Fields)
	}
	r.officed(true)
	r.booked(v.text("serial"), "posted")
	r.posted(v.text("serial"))
}

func TestLabProgramKilled(t *testing.T) {
	t.Parallel()
	r := startRig(t)
	r.serving()
	r.toCash("1000000001")
	r.insert(100, 100)
	serial := r.see("insert-cash", nil).text("serial")
	r.bench("kioskd/kill", fields{})
	got := r.booked(serial, "posted")
	if got.Total != 10000 {
		t.Errorf("head office has %+v", got)
	}
	r.home()
	if l := r.ledger(); len(l.Entries) != 1 || l.Entries[0].Amount != 10000 || l.Entries[0].PostedCount != 1 {
		t.Errorf("the MIS has %+v", l.Entries)
	}
}

func TestLabPowerCut(t *testing.T) {
	t.Parallel()
	r := startRig(t)
	r.serving()
	r.toCash("1000000002")
	r.insert(100, 100)
	serial := r.see("insert-cash", nil).text("serial")
	r.push(50)
	r.see("insert-cash", func(v view) bool { return v.Fields["note_moving"] == true })
	r.power(false)
	r.power(true)
	got := r.booked(serial, "posted")
	r.home()
	s := r.mustState()
	v := s.Bench.Validator
	inside, outside := v.Total == 15000 && len(v.Returned) == 0, v.Total == 10000 && len(v.Returned) == 1
	if v.InPath != 0 || inside == outside {
		t.Errorf("the note is lost: %+v", v)
	}
	if int64(got.Total) != v.Total || int64(s.kiosk.Cash.Total) != v.Total {
		t.Errorf("cassette %d, credited %d, journal %d fen", v.Total, got.Total, s.kiosk.Cash.Total)
	}
	if l := r.ledger(); len(l.Entries) != 1 || l.Entries[0].Amount != got.Total || l.Entries[0].PostedCount != 1 {
		t.Errorf("the MIS has %+v", l.Entries)
	}
}

// TestLabAgain stops a lab and starts it in the same folder: the kiosk is not
// enrolled twice, and nothing is lost.
func TestLabAgain(t *testing.T) {
	t.Parallel()
	r := startRig(t)
	r.serving()
	serial := r.pay1000000001().text("serial")
	r.booked(serial, "posted")
	r.posted(serial)
	r.home()
	first := r.card2000()
	r.stop()
	r.start()
	r.home() // the result may still be there, if nobody knows that its slip was printed
	if got := r.booked(serial, "posted"); got.Total != 13000 {
		t.Errorf("head office has %+v", got)
	}
	r.paidByCard(first, cardsim.BankFunds, 2000)

	r.paidByCard(r.card2000(), cardsim.BankFunds, 2000) // the bank has lost its working keys
	if l := r.bankLedger(); len(l.Entries) != 2 || l.Entries[0].Trace == l.Entries[1].Trace {
		t.Errorf("the bank has %+v", l.Entries)
	}
}

// card2000 pays 20.00 by card, and returns the serial.
func (r *rig) card2000() string {
	r.t.Helper()
	serial := r.toCard("1000000002", 2000)
	r.putIn(cardsim.BankFunds)
	r.pin("123456")
	r.take(cardsim.BankFunds)
	r.see("done", nil)

	return serial
}
