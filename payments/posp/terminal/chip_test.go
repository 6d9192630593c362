package terminal_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"wattkiosk/payments/posp"
	"wattkiosk/payments/posp/terminal"
)

// certify keeps certificates for items of the batch, by trace.
func (s *story) certify(traces ...uint32) {
	s.t.Helper()
	for _, n := range traces {
		s.event(terminal.Event{Kind: terminal.Certified, Trace: n, Sequence: "001", Chip: []byte{0x9F, 0x26, byte(n)}})
	}
}

func TestCertificatesOfABatch(t *testing.T) {
	for name, c := range map[string]struct {
		equal posp.Comparison
		want  string
	}{
		"equal": {posp.Equal, "send settle 5 300/3 0/0; send certificate 6; send certificate 7; settled 1 equal true; send sign-in 8"},
		"not equal": {
			posp.NotEqual,
			"send settle 5 300/3 0/0; send upload 6 of 3 from 2; send certificate 7; send certificate 8; send upload-end 9 after 3; settled 1 equal false; send sign-in 10",
		},
	} {
		s := withSales(t, 3) // traces 2, 3, 4
		s.certify(2, 4)
		s.event(terminal.Event{Kind: terminal.Ordered, Op: posp.Settle})
		s.answer(posp.Answer{Op: posp.Settle, Trace: 5, Code: "00", Comparison: c.equal, Totals: posp.Totals{Debit: 300, Debits: 3}})
		for s.state.Flight.Request.Op != posp.SignIn {
			r := s.state.Flight.Request
			if r.Op == posp.Certificate && (r.Balanced != (c.equal == posp.Equal) || r.Sequence != "001" || r.Amount != 100 || r.Original.Batch != 1 || int(r.Chip[2]) != int(r.Original.Trace)) {
				t.Errorf("%s: %+v", name, r)
			}
			s.answer(posp.Answer{Op: r.Op, Trace: r.Trace, Code: "00"})
		}
		if got := strings.Join(s.did, "; "); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, c.want)
		}
		if got := s.state.Settled; got.Certified != 2 || got.Uncertified != 0 || got.Bank.Debit != 300 {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// TestACertificateThatIsNotTaken holds the batch up for five minutes at most, and the
// settlement says how many there are.
func TestACertificateThatIsNotTaken(t *testing.T) {
	s := withSales(t, 3)
	s.certify(2, 3, 4)
	s.event(terminal.Event{Kind: terminal.Ordered, Op: posp.Settle})
	s.answer(posp.Answer{Op: posp.Settle, Trace: 5, Code: "00", Comparison: posp.Equal})
	s.answer(posp.Answer{Op: posp.Certificate, Trace: 6, Code: "30"})
	s.expect("send settle 5 300/3 0/0", "send certificate 6", "report certificate 30 1", "send certificate 7")

	begun := s.now
	for range 5 {
		s.lost(posp.Certificate, s.state.Flight.Request.Trace, terminal.TimedOut)
		s.pass(s.state.Close.Due.Sub(s.now))
	}
	s.expect("send certificate 8", "send certificate 9", "send certificate 10", "send certificate 11", "settled 1 equal true", "send sign-in 12")
	if got := s.state.Settled; got.Certified != 0 || got.Uncertified != 3 || s.now.Sub(begun) > 5*time.Minute {
		t.Errorf("%+v after %v", got, s.now.Sub(begun))
	}
}

// TestACertificateUnderNewKeys is sent again.
func TestACertificateUnderNewKeys(t *testing.T) {
	s := withSales(t, 1)
	s.certify(2)
	s.event(terminal.Event{Kind: terminal.Ordered, Op: posp.Settle})
	s.answer(posp.Answer{Op: posp.Settle, Trace: 3, Code: "00", Comparison: posp.Equal})
	s.answer(posp.Answer{Op: posp.Certificate, Trace: 4, Code: "A0"})
	s.answer(posp.Answer{Op: posp.SignIn, Trace: 5, Batch: 2, Code: "00"})
	s.event(terminal.Event{Kind: terminal.Loaded})
	s.pass(terminal.FirstPause)
	s.answer(posp.Answer{Op: posp.Certificate, Trace: 6, Code: "00"})
	s.expect("send settle 3 100/1 0/0", "send certificate 4", "send sign-in 5", "load-keys", "send certificate 6", "settled 1 equal true", "send sign-in 7")
}

func scripted(trace uint32) terminal.Event {
	return terminal.Event{Kind: terminal.Scripted, Trace: trace, Amount: 100, Entry: posp.ChipPIN, Chip: []byte{0xDF, 0x31, 0}}
}

func TestScriptsAreTold(t *testing.T) {
	s := signedIn(t)
	s.sale("A", 100)
	s.answer(posp.Answer{Op: posp.Sale, Trace: 2, Code: "51", Date: "1126"})
	s.event(scripted(2))
	if r := s.state.Flight.Request; r.Original != (posp.Original{Op: posp.Sale, Batch: 1, Trace: 2, Date: "1126"}) || r.Amount != 100 {
		t.Errorf("%+v", r)
	}
	s.lost(posp.Scripts, 3, terminal.TimedOut)
	s.sale("B", 100) // which waits for none
	s.answer(posp.Answer{Op: posp.Sale, Trace: 4, Code: "00"})
	s.pass(terminal.FirstPause)
	s.answer(posp.Answer{Op: posp.Scripts, Trace: 3, Code: "00"})
	s.expect("send sale 2", "conclude sale 2 not-done A no-funds", "send scripts 3", "send sale 4", "conclude sale 4 done B approved", "send scripts 3")
	if s.state.Notices != nil || !s.state.Next().IsZero() {
		t.Errorf("%+v", s.state)
	}
}

// TestNoticesHaveAnEnd: one that is refused is not sent again, one without an answer twenty
// times, and no more than four wait.
func TestNoticesHaveAnEnd(t *testing.T) {
	s := signedIn(t)
	s.sale("A", 100)
	s.answer(posp.Answer{Op: posp.Sale, Trace: 2, Code: "00"})
	s.event(scripted(2))
	s.answer(posp.Answer{Op: posp.Scripts, Trace: 3, Code: "12"})
	s.expect("send sale 2", "conclude sale 2 done A approved", "send scripts 3", "report scripts 12 1")

	s.event(scripted(2))
	sent := 0
	for range 30 {
		if s.state.Flight.Request.Op != posp.Scripts {
			break
		}
		sent++
		s.lost(posp.Scripts, 4, terminal.TimedOut)
		s.pass(terminal.LongestPause)
	}
	if got := s.did[len(s.did)-1]; sent != 20 || got != "report scripts timed-out 1" || s.state.Notices != nil {
		t.Errorf("sent %d times, %s", sent, got)
	}

	s.did = nil
	s.event(terminal.Event{Kind: terminal.KeysGone})
	for range 5 {
		s.event(scripted(2))
	}
	if len(s.state.Notices) != 4 || s.state.Notices[0].Request.Trace != 7 {
		t.Errorf("%+v", s.state.Notices)
	}
	s.expect("send sign-in 5", "report scripts  1")
}

// TestChipDataOfNothing is refused.
func TestChipDataOfNothing(t *testing.T) {
	s := withSales(t, 1)
	for name, e := range map[string]terminal.Event{
		"a certificate of no sale": {Kind: terminal.Certified, Trace: 9, Chip: []byte{1}},
		"an empty certificate":     {Kind: terminal.Certified, Trace: 2},
		"too much":                 {Kind: terminal.Certified, Trace: 2, Chip: make([]byte, 256)},
		"scripts of no sale":       scripted(9),
		"empty scripts":            {Kind: terminal.Scripted, Trace: 2, Amount: 100, Entry: posp.ChipPIN},
	} {
		if err := s.refused(e); !errors.Is(err, terminal.ErrEvent) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
