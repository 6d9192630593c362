package emv_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"wattkiosk/payments/emv"
)

func TestConfig(t *testing.T) {
	for name, change := range map[string]func(*emv.Terminal, *emv.Payment){
		"no applications": func(t *emv.Terminal, _ *emv.Payment) { t.Applications = nil },
		"short AID":       func(t *emv.Terminal, _ *emv.Payment) { t.Applications[0].AID = []byte{1, 2, 3, 4} },
		"long AID":        func(t *emv.Terminal, _ *emv.Payment) { t.Applications[0].AID = make([]byte, 17) },
		"attended":        func(t *emv.Terminal, _ *emv.Payment) { t.Type = 0x22 },
		"ID":              func(t *emv.Terminal, _ *emv.Payment) { t.ID = "1" },
		"merchant":        func(t *emv.Terminal, _ *emv.Payment) { t.Merchant = "1" },
		"nothing to pay":  func(_ *emv.Terminal, p *emv.Payment) { p.Amount = 0 },
		"too much to pay": func(_ *emv.Terminal, p *emv.Payment) { p.Amount = emv.MaxAmount + 1 },
		"no date":         func(_ *emv.Terminal, p *emv.Payment) { p.At = p.At.AddDate(-100, 0, 0) },
		"counter":         func(_ *emv.Terminal, p *emv.Payment) { p.Counter = 100_000_000 },
	} {
		term, pay := terminal(), payment()
		change(&term, &pay)
		if _, err := emv.New(term, pay); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// until plays a kernel to the first step of the kind that is wanted.
func until(t *testing.T, k *emv.Kernel, wanted func(emv.Step) bool) emv.Step {
	t.Helper()
	step, i := k.Start(), 0
	for !wanted(step) {
		switch step.(type) {
		case emv.Send:
			step = k.Answer(unhex(t, usual()[i].answer))
			i++
		case emv.EnterPIN:
			step = k.PIN(emv.PINEntered)
		default:
			t.Fatalf("step %#v", step)
		}
	}

	return step
}

func is[S emv.Step](s emv.Step) bool { _, ok := s.(S); return ok }

// TestOutOfTurn: what is not due changes nothing.
func TestOutOfTurn(t *testing.T) {
	k := kernel(t)
	if k.Answer([]byte{0x90, 0}) != nil || k.CardGone() != nil || k.Cancel() != nil || k.PIN(emv.PINEntered) != nil {
		t.Error("a kernel that was not started did something")
	}
	calls := map[string]func(){
		"answer": func() { k.Answer(unhex(t, "9000")) },
		"choose": func() { k.Choose(0) },
		"PIN":    func() { k.PIN(emv.PINEntered) },
		"bank":   func() { k.Bank(approves(nil)) },
		"start":  func() { k.Start() },
		"gone":   func() { k.CardGone() },
		"cancel": func() { k.Cancel() },
	}
	try := func(due emv.Step, names ...string) {
		t.Helper()
		for _, name := range names {
			calls[name]()
			if now := fmt.Sprintf("%#v", k.Start()); now != fmt.Sprintf("%#v", due) {
				t.Errorf("%s changed %#v to %s", name, due, now)
			}
		}
	}

	try(until(t, k, is[emv.Send]), "choose", "PIN", "bank", "start")
	try(until(t, k, is[emv.Send]), "choose")
	k.Start()
	k = kernel(t)
	try(until(t, k, is[emv.EnterPIN]), "answer", "choose", "bank", "start")
	k = kernel(t)
	try(until(t, k, is[emv.GoOnline]), "answer", "choose", "PIN", "start", "cancel", "gone")
	end := k.Bank(approves(nil))
	if e, ok := end.(emv.End); !ok || e.Outcome.Ending != emv.Pulled || !e.Outcome.Reverse {
		t.Fatalf("after the card went and the bank approved: %+v", end)
	}
	try(end, "answer", "choose", "PIN", "bank", "start", "gone", "cancel")
}

// TestCancel: the customer may give up until the bank is asked.
func TestCancel(t *testing.T) {
	for _, wanted := range []func(emv.Step) bool{is[emv.Send], is[emv.EnterPIN]} {
		k := kernel(t)
		until(t, k, wanted)
		if end, ok := k.Cancel().(emv.End); !ok || end.Outcome != (emv.Outcome{Ending: emv.Cancelled}) {
			t.Errorf("ended %+v", end)
		}
	}

	k := kernel(t)
	until(t, k, is[emv.GoOnline])
	k.Bank(approves(nil))
	if step := k.Cancel(); !is[emv.Send](step) {
		t.Errorf("after the bank approved, cancel led to %#v", step)
	}
}

// TestWipe: nothing that was handed out can be read afterwards.
func TestWipe(t *testing.T) {
	k := kernel(t)
	online := until(t, k, is[emv.GoOnline]).(emv.GoOnline)
	apdu := k.Bank(approves(unhex(t, "910A C1C2C3C4C5C6C7C83030"))).(emv.Send).APDU
	for name, s := range map[string]emv.Secret{
		"PAN": online.Card.PAN, "expiry": online.Card.Expiry, "sequence": online.Card.Sequence, "field 55": online.Field55, "APDU": apdu,
	} {
		if len(s) == 0 || bytes.Equal(s, make([]byte, len(s))) {
			t.Errorf("%s is empty before", name)
		}
	}

	k.Wipe()
	for name, s := range map[string]emv.Secret{
		"PAN": online.Card.PAN, "expiry": online.Card.Expiry, "sequence": online.Card.Sequence, "field 55": online.Field55, "APDU": apdu,
	} {
		if !bytes.Equal(s, make([]byte, len(s))) {
			t.Errorf("%s is still there", name)
		}
	}
	if end, ok := k.Start().(emv.End); !ok || !end.Outcome.Reverse {
		t.Errorf("a payment that the bank approved ended %+v", end)
	}
	if field := k.Field55(emv.Field55Sale()); len(field) != 0 {
		t.Errorf("field 55 has %d bytes", len(field))
	}
}

func TestSecretsAreNotShown(t *testing.T) {
	s := emv.Secret("6225880000000019")
	card := emv.Card{PAN: s, Track2: s, Expiry: s, Sequence: s}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		for _, v := range []any{s, card, emv.Send{APDU: s}, emv.GoOnline{Card: card, Field55: s}, emv.BankAnswer{Field55: s}, &card} {
			if got := fmt.Sprintf(verb, v); strings.Contains(got, "6225") || strings.Contains(got, "36323235") || strings.Contains(got, "54 50 50 53") {
				t.Errorf("%s of %T shows it: %s", verb, v, got)
			}
		}
	}

	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "s", s, "card", card, "outcome", emv.Outcome{Ending: emv.Pulled, Err: emv.ErrPulled})
	b, err := json.Marshal(card)
	if err != nil || strings.Contains(string(b)+log.String(), "6225") || !strings.Contains(log.String(), `"ending":"pulled"`) {
		t.Errorf("JSON %s, log %s, %v", b, &log, err)
	}
	if got := card.Masked(); got != "622588******0019" {
		t.Errorf("masked: %s", got)
	}
	if got := (emv.Card{PAN: s[:11]}).Masked(); got != "" {
		t.Errorf("a PAN of 11 digits: %s", got)
	}
	card.Wipe()
	if !bytes.Equal(s, make([]byte, 16)) {
		t.Error("wiping left something")
	}
}

// TestNames: each ending, command and unknown has one.
func TestNames(t *testing.T) {
	seen := map[string]bool{}
	for e := emv.Approved; e <= emv.Cancelled; e++ {
		seen[e.String()] = true
	}
	for c := emv.SelectDirectory; c <= emv.ScriptAfter; c++ {
		seen[c.String()] = true
	}
	if len(seen) != 13+11 || seen[""] {
		t.Errorf("%d names: %v", len(seen), seen)
	}
	if got := emv.Ending(0).String() + emv.Ending(99).String() + emv.Command(0).String() + emv.Command(99).String(); got != "nonenonecommandcommand" {
		t.Error(got)
	}
}

// FuzzKernel: no card makes the kernel fall over, go on for ever, or approve without a
// TC that the second GENERATE AC asked for after the bank's approval.
func FuzzKernel(f *testing.F) {
	whole := append(usual(), line{sendAuth, "9000"}, line{secondAC("40", "3030", "8000040000"), tc})
	var script []byte
	for _, l := range whole {
		script = pack(script, unhex(f, l.answer))
	}
	bank := unhex(f, "910A C1C2C3C4C5C6C7C83030")
	f.Add(script, bank, uint8(1))
	f.Add(script, unhex(f, "710B 9F180400000001 8602 84"), uint8(0x11))
	f.Add(pack(pack(nil, unhex(f, "6A82")), unhex(f, longFCI)), []byte{}, uint8(2))
	f.Add(pack(pack(pack(nil, unhex(f, directoryFCI)), unhex(f, entryTwo)), unhex(f, noRecord)), bank, uint8(0x20))
	f.Fuzz(func(t *testing.T, script, bank []byte, how uint8) {
		k, err := emv.New(terminal(), payment())
		if err != nil {
			t.Fatal(err)
		}
		defer k.Wipe()

		answer := emv.BankAnswer{Verdict: emv.Verdict(how & 3), Code: [2]byte{'0', '0'}, Field55: bank}
		sent, approvedByCard := 0, false
		end := drive(k, func(s emv.Send) []byte {
			sent++
			if len(s.APDU) > emv.MaxAPDU || len(s.APDU) < 4 {
				t.Fatalf("APDU of %d bytes", len(s.APDU))
			}
			var response []byte
			response, script = unpack(script)
			if s.Command == emv.SecondGenerateAC && s.APDU[2] == 0x40 {
				approvedByCard = len(response) > 13 && bytes.HasSuffix(response, []byte{0x90, 0x00}) && hasTC(response)
			}
			return response
		}, owner{choose: int(how >> 6), pin: emv.PINResult(how>>4&1) + 1, bank: answer, pull: how&8 != 0})
		if sent > emv.MaxExchanges {
			t.Fatalf("%d APDUs", sent)
		}
		if end.Ending == emv.Approved && (!approvedByCard || answer.Verdict != emv.BankApproved || end.Reverse) {
			t.Fatalf("approved without a TC: %+v", end)
		}
		if end.Reverse && answer.Verdict != emv.BankApproved {
			t.Fatalf("to be reversed without an approval: %+v", end)
		}
	})
}

// hasTC looks for the two ways in which an answer can say TC.
func hasTC(response []byte) bool {
	tagged := func(info byte) bool { return bytes.Contains(response, []byte{0x9F, 0x27, 0x01, info}) }
	for info := byte(0x40); info < 0x80; info++ {
		long := bytes.Contains(response, []byte{0x9F, 0x27, 0x81, 0x01, info}) || bytes.Contains(response, []byte{0x9F, 0x27, 0x82, 0x00, 0x01, info})
		if tagged(info) || long || bytes.Contains(response[:min(len(response), 12)], []byte{info}) {
			return true
		}
	}

	return false
}

// pack and unpack keep the answers of a script: a length, then the bytes.
func pack(script, answer []byte) []byte { return append(append(script, byte(len(answer))), answer...) }

func unpack(script []byte) (answer, rest []byte) {
	if len(script) == 0 {
		return nil, nil
	}
	n := min(int(script[0]), len(script)-1)

	return script[1 : 1+n], script[1+n:]
}
