package script_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"wattkiosk/payments/metercard"
	"wattkiosk/payments/metercard/script"
)

// FuzzDecode: what is read and holds together is written as it was.
func FuzzDecode(f *testing.F) {
	for _, s := range []script.Script{
		round(apdu(f, "00A4000002DF01"), change(f, "0082000208 0102030405060708"), purse(f)),
		round(rd(0, 256), verify(1, 2, 3), wr(40, 2)),
	} {
		b, err := json.Marshal(s)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte(`{"v":1,"steps":[{"op":"apdu","data":"0"}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var s script.Script
		if json.Unmarshal(b, &s) != nil || s.Check() != nil {
			return
		}
		if len(s.Steps) > script.MaxSteps {
			t.Fatalf("%d steps", len(s.Steps))
		}
		written, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var again script.Script
		if err := json.Unmarshal(written, &again); err != nil || again.Check() != nil {
			t.Fatalf("%v, %v", err, again.Check())
		}
		if twice, err := json.Marshal(again); err != nil || string(twice) != string(written) {
			t.Fatalf("%v\n%s\n%s", err, written, twice)
		}
	})
}

// FuzzHostile has a run carry out steps that somebody made up, with answers that somebody
// made up. A model of a processor card, which follows the strictest and the laxest reading
// of what is selected, says that nothing is written outside of the files of a purchase,
// that the purse is written by the marked step only, and that nothing is changed after it.
//
// Each step is: op, marks, length of data, data, length of answer, answer.
func FuzzHostile(f *testing.F) {
	f.Add([]byte("\x00\x00\x07\x00\xa4\x00\x00\x02\xdf\x01\x02\x90\x00\x00\x03\x11\x04\xd6\x82\x00\x0c12345678MACS\x02\x90\x00"), uint8(0))
	f.Add([]byte("\x00\x00\x07\x00\xa4\x00\x00\x02\x00\x01\x02\x90\x00\x00\x00\x05\x00\xb0\x99\x01\x08\x02\x90\x00\x00\x01\x06\x00\xd6\x00\x00\x01\x00\x02\x90\x00"), uint8(0))
	f.Add([]byte("\x02\x01\x03\x20ab\x00\x03\x01\x03\x12\x34\x56\x00"), uint8(1))
	f.Fuzz(func(t *testing.T, in []byte, form uint8) {
		forms := []metercard.Form{metercard.CPU, metercard.SLE4442, metercard.AT88SC102, "other"}
		run := script.NewRun(script.Purchase(forms[int(form)%len(forms)]))
		m := model{form: forms[int(form)%len(forms)], inside: map[bool]bool{false: true}, efs: map[byte]bool{}}
		seen := 0
		for rounds := 0; len(in) > 0; rounds++ {
			steps, answers, rest := hostile(in)
			in = rest
			if run.Take(steps, false) != nil {
				continue
			}
			if rounds > 1<<16 {
				t.Fatal("no end")
			}
			for i := 0; ; i++ {
				s, due := run.Next()
				if !due {
					break
				}
				if !reflect.DeepEqual(s, steps[i]) {
					t.Fatal("another step than was taken")
				}
				m.take(t, s)
				run.Heard(answers[i])
				seen++
			}
		}
		if seen > script.MaxRounds*script.MaxSteps || len(run.Saved()) > script.MaxSaved {
			t.Fatalf("%d steps, %d saved", seen, len(run.Saved()))
		}
		if run.Touched() != m.changed || run.PurseSent() != m.purse || (run.Digest() == "") != (seen == 0) {
			t.Fatalf("touched %t, purse %t, digest %q; the model saw %t, %t, %d steps", run.Touched(), run.PurseSent(), run.Digest(), m.changed, m.purse, seen)
		}
	})
}

// hostile reads up to three steps.
func hostile(in []byte) (steps []script.Step, answers []script.Answer, rest []byte) {
	take := func(n int) []byte {
		n = min(n, len(in))
		b := in[:n:n]
		in = in[n:]

		return b
	}
	number := func() int {
		if b := take(1); len(b) == 1 {
			return int(b[0])
		}

		return 0
	}

	for range 3 {
		if len(in) == 0 {
			break
		}
		op, marks := number(), number()
		data := script.Bytes(take(number()))
		s := script.Step{Op: []script.Op{script.APDU, script.Read, script.Write, script.Verify, ""}[op%5], Changes: marks&1 != 0, Purse: marks&2 != 0}
		switch s.Op {
		case script.APDU, script.Verify:
			s.Data = data
		case script.Write, script.Read:
			s.Area = marks >> 7
			if len(data) > 0 {
				s.Address, data = int(data[0]), data[1:]
			}
			if s.Op == script.Write {
				s.Data = data
			} else {
				s.Length = len(data)
			}
		}
		if marks&4 != 0 {
			s.Save = "answer"
		}
		steps = append(steps, s)
		answers = append(answers, script.Answer{Outcome: []script.Outcome{script.Done, script.Refused, script.Unknown, 0}[marks>>4&3], Data: take(number())})
	}

	return steps, answers, in
}

// model is a card by what it may have selected: every possibility there is.
type model struct {
	form           metercard.Form
	inside         map[bool]bool // DF01, or not
	efs            map[byte]bool
	changed, purse bool
}

func (m *model) take(t *testing.T, s script.Step) {
	t.Helper()
	if m.purse && s.Changes {
		t.Fatal("a change after the purse")
	}
	m.changed, m.purse = m.changed || s.Changes, m.purse || s.Purse
	if s.Op != script.APDU {
		m.memory(t, s)

		return
	}

	d := s.Data
	if m.form != metercard.CPU || len(d) < 4 {
		t.Fatalf("a command of %d bytes for %s", len(d), m.form)
	}
	switch d[1] {
	case 0xA4:
		m.pick(t, d)
	case 0xB0, 0xD6:
		m.file(t, s)
	case 0x84, 0x88, 0x82:
	default:
		t.Fatalf("instruction %X", d[1])
	}
}

func (m *model) pick(t *testing.T, d []byte) {
	t.Helper()
	switch d[5] {
	case 0x3F, 0xDF:
		m.inside, m.efs = map[bool]bool{d[5] == 0xDF: true}, map[byte]bool{}
	case 0x00, 0xEF:
		m.efs = map[byte]bool{d[6]: true}
	default:
		t.Fatalf("selects %X", d[5:7])
	}
}

func (m *model) file(t *testing.T, s script.Step) {
	t.Helper()
	d := s.Data
	which := m.efs
	if d[2]&0x80 != 0 {
		which = map[byte]bool{d[2] & 0x1F: true}
		m.efs[d[2]&0x1F] = true // some cards select it by that
	}
	if len(which) == 0 {
		t.Fatal("no file")
	}
	for ef := range which {
		inside := m.inside[true]
		known := inside && ef >= 1 && ef <= 5 || !inside && (ef == 0x01 || ef == 0x19)
		if !known || d[1] == 0xD6 && ef == 0x19 {
			t.Fatalf("instruction %X on EF%X, inside %t", d[1], ef, inside)
		}
		if d[1] == 0xD6 && (inside && ef == 2) != s.Purse {
			t.Fatalf("EF%X written, marked as the purse: %t", ef, s.Purse)
		}
	}
}

func (m *model) memory(t *testing.T, s script.Step) {
	t.Helper()
	if s.Op == script.Verify && (m.form == metercard.SLE4442 || m.form == metercard.AT88SC102) {
		return
	}
	from, to := s.Address, s.Address+s.Length
	if s.Op == script.Write {
		to = s.Address + len(s.Data)
	}
	ok := s.Area == 0 && from < to
	switch m.form {
	case metercard.SLE4442:
		ok = ok && to <= 256 && (s.Op == script.Read || from >= 32)
	case metercard.AT88SC102:
		ok = ok && (from >= 22 && to <= 86 || s.Op == script.Read && (to <= 10 || from >= 92 && to <= 156))
	default:
		ok = false
	}
	if !ok {
		t.Fatalf("%s of %s at %d to %d, area %d", s.Op, m.form, from, to, s.Area)
	}
}
