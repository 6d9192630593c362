package script_test

import (
	"errors"
	"reflect"
	"testing"

	"wattkiosk/payments/metercard"
	"wattkiosk/payments/metercard/script"
)

func done(tb testing.TB, s string) script.Answer {
	tb.Helper()

	return script.Answer{Outcome: script.Done, Data: unhex(tb, s)}
}

func bound(n int) script.Bound {
	return script.Bound{Txn: txn, Card: chip, Session: session, Round: n, Now: now}
}

// begun is a run that has DF01 and a challenge, with the purse's round taken.
func begun(t *testing.T) *script.Run {
	t.Helper()
	run := script.NewRun(script.Purchase(metercard.CPU))
	challenge := apdu(t, "0084000008")
	challenge.Save = "random"
	if err := run.Open(bound(0), round(apdu(t, "00A4000002DF01"), challenge)); err != nil {
		t.Fatal(err)
	}
	for _, answer := range []string{"6F04 8402 DF01 9000", "C1C2C3C4C5C6C7C8 9000"} {
		if _, due := run.Next(); !due {
			t.Fatal("no step is due")
		}
		run.Heard(done(t, answer))
	}
	if !run.Through() || run.Touched() || run.PurseSent() || run.Last() {
		t.Fatalf("through %t, touched %t, purse %t, last %t", run.Through(), run.Touched(), run.PurseSent(), run.Last())
	}
	if want := map[string]script.Bytes{"random": unhex(t, "C1C2C3C4C5C6C7C8")}; !reflect.DeepEqual(run.Saved(), want) {
		t.Fatalf("saved %v", run.Saved())
	}

	second := round(purse(t))
	second.Round, second.Last = 1, true
	if err := run.Open(bound(1), second); err != nil {
		t.Fatal(err)
	}
	if len(run.Saved()) != 0 || run.Touched() {
		t.Error("the second round begins with answers of the first, or touched the card")
	}

	return run
}

// TestRun: the digests are computed apart from this code (Python hashlib).
func TestRun(t *testing.T) {
	for name, c := range map[string]struct {
		answer script.Answer
		fault  *script.Fault
		digest string
	}{
		"carried out":  {done(t, "9000"), nil, "60162166ca611d0ac3dbb728ab1a2658a7e910f6aa7762e9c8dcd5890b8d31d1"},
		"refused":      {done(t, "6988"), &script.Fault{Outcome: script.Refused, Status: "6988", Why: "refused"}, "9580bb087771d3cf9ecf30567ecfd66891d9d3de8929512745573c80fb504e66"},
		"pulled":       {script.Answer{Outcome: script.Unknown, Why: "pulled"}, &script.Fault{Outcome: script.Unknown, Why: "pulled"}, "9a6b113c464d3c190805619b4844c6b6f8de2b17e6b85e5286391210f3fd00c7"},
		"half a word":  {done(t, "90"), &script.Fault{Outcome: script.Unknown, Why: "reader"}, "9a6b113c464d3c190805619b4844c6b6f8de2b17e6b85e5286391210f3fd00c7"},
		"no outcome":   {script.Answer{}, &script.Fault{Outcome: script.Unknown, Why: "reader"}, "9a6b113c464d3c190805619b4844c6b6f8de2b17e6b85e5286391210f3fd00c7"},
		"reader's no":  {script.Answer{Outcome: script.Refused, Why: "no-card"}, &script.Fault{Outcome: script.Refused, Why: "no-card"}, ""},
		"reader's, no": {script.Answer{Outcome: script.Refused}, &script.Fault{Outcome: script.Refused, Why: "refused"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			run := begun(t)
			step, due := run.Next()
			if !due || !reflect.DeepEqual(step, purse(t)) || !run.Touched() || !run.PurseSent() {
				t.Fatalf("due %t, touched %t, purse %t", due, run.Touched(), run.PurseSent())
			}
			if _, again := run.Next(); again {
				t.Error("the step is due twice")
			}
			run.Heard(c.answer)
			run.Heard(done(t, "9000")) // to nothing

			fault, failed := run.Fault()
			if failed != (c.fault != nil) || failed && fault != *c.fault {
				t.Errorf("fault %+v, want %+v", fault, c.fault)
			}
			if run.Through() == failed || !run.Last() {
				t.Errorf("through %t, last %t", run.Through(), run.Last())
			}
			if c.digest != "" && run.Digest() != c.digest {
				t.Errorf("digest %s, want %s", run.Digest(), c.digest)
			}
			if _, due := run.Next(); due {
				t.Error("a step is due after the end")
			}
			third := round(apdu(t, "0084000008"))
			third.Round = 2
			if err := run.Open(bound(2), third); !errors.Is(err, script.ErrOver) {
				t.Errorf("a third round: %v", err)
			}
		})
	}
}

// TestStepsAreTheRunsOwn: whoever took the script apart may wipe it, and the run wipes what
// was carried out.
func TestStepsAreTheRunsOwn(t *testing.T) {
	run := script.NewRun(script.Purchase(metercard.SLE4442))
	steps := []script.Step{verify(0x12, 0x34, 0x56), wr(40, 2)}
	if err := run.Take(steps, true); err != nil {
		t.Fatal(err)
	}
	for i := range steps {
		clear(steps[i].Data)
	}
	step, _ := run.Next()
	if !reflect.DeepEqual(step, verify(0x12, 0x34, 0x56)) {
		t.Error("the code was wiped before it was due")
	}
	run.Heard(done(t, ""))
	if !reflect.DeepEqual(step, verify(0, 0, 0)) {
		t.Error("the code is there after it was carried out")
	}
}

func TestRunOnMemoryCard(t *testing.T) {
	run := script.NewRun(script.Purchase(metercard.SLE4442))
	if run.Digest() != "" {
		t.Error("a digest of nothing")
	}
	read := rd(0, 4)
	read.Save = "header"
	write := wr(40, 2)
	write.Data = script.Bytes{1, 2}
	if err := run.Take([]script.Step{read, verify(0x12, 0x34, 0x56), write}, true); err != nil {
		t.Fatal(err)
	}
	for _, answer := range []string{"A2131091", "", ""} {
		run.Next()
		run.Heard(done(t, answer))
	}
	if want := "08952a111309daefcba893f88f944fa24539ec02849708f42f3587a3d4147212"; !run.Through() || run.Digest() != want {
		t.Errorf("through %t, digest %s", run.Through(), run.Digest())
	}
	if want := map[string]script.Bytes{"header": unhex(t, "A2131091")}; !reflect.DeepEqual(run.Saved(), want) {
		t.Errorf("saved %v", run.Saved())
	}

	short := script.NewRun(script.ReadOnly(metercard.SLE4442))
	if err := short.Take([]script.Step{read}, true); err != nil {
		t.Fatal(err)
	}
	short.Next()
	short.Heard(done(t, "A21310"))
	if fault, _ := short.Fault(); fault != (script.Fault{Outcome: script.Unknown, Why: "reader"}) || len(short.Saved()) != 0 {
		t.Errorf("fault %+v of a short answer, saved %v", fault, short.Saved())
	}
}

func TestExpect(t *testing.T) {
	for _, c := range []struct {
		expect, answer string
		want           bool
	}{
		{"", "9000", true},
		{"", "9001", false},
		{"", "6108", false},
		{"61xx", "6108", true},
		{"61xx", "9000", true},
		{"61xx", "6A82", false},
		{"6a82", "6A82", true},
		{"6fxx", "6F00", true},
		{"9xxx", "9F10", true},
		{"9xxx", "6108", false},
	} {
		run := script.NewRun(script.Purchase(metercard.CPU))
		step := apdu(t, "00A4000002DF01")
		step.Expect = c.expect
		if err := run.Take([]script.Step{step}, true); err != nil {
			t.Fatal(err)
		}
		run.Next()
		run.Heard(done(t, c.answer))
		if run.Through() != c.want {
			t.Errorf("expects %q, answered %s: through %t, want %t", c.expect, c.answer, run.Through(), c.want)
		}
	}
}

func TestOutcomesHaveNames(t *testing.T) {
	for o, want := range map[script.Outcome]string{0: "Outcome(0)", script.Done: "done", script.Refused: "refused", script.Unknown: "unknown", 4: "Outcome(4)"} {
		if o.String() != want {
			t.Errorf("%d is %s", int(o), o)
		}
	}
}

// TestThrough: neither before the first round nor in the middle of one.
func TestThrough(t *testing.T) {
	run := script.NewRun(script.ReadOnly(metercard.CPU))
	if run.Through() {
		t.Error("through before it began")
	}
	if err := run.Take([]script.Step{apdu(t, "0084000008"), apdu(t, "0084000008")}, true); err != nil {
		t.Fatal(err)
	}
	run.Next()
	run.Heard(done(t, "C1C2C3C4C5C6C7C8 9000"))
	if run.Through() {
		t.Error("through after the first of two steps")
	}

	longest := script.NewRun(script.ReadOnly(metercard.CPU))
	if err := longest.Take([]script.Step{apdu(t, "00B0990100")}, true); err != nil {
		t.Fatal(err)
	}
	longest.Next()
	answer := make(script.Bytes, 261)
	answer[259] = 0x90
	longest.Heard(script.Answer{Outcome: script.Done, Data: answer})
	if !longest.Through() {
		t.Error("an answer of 261 bytes is too long")
	}
}

// TestPurseEndsAllRounds: the round that writes the purse is the last. With one to follow the
// card might be changed after the purse, and nobody can tell before.
func TestPurseEndsAllRounds(t *testing.T) {
	early := round(apdu(t, "00A4000002DF01"), purse(t))
	early.Last = false
	run := script.NewRun(script.Purchase(metercard.CPU))
	if err := run.Open(bound(0), early); !errors.Is(err, script.ErrScript) {
		t.Fatalf("a purse before another round: %v", err)
	}
	if _, due := run.Next(); due || run.Touched() {
		t.Fatal("a step of a round that was refused is due")
	}

	early.Last = true
	if err := run.Open(bound(0), early); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		run.Next()
		run.Heard(done(t, "9000"))
	}
	second := round(apdu(t, "00B0820008"))
	second.Round = 1
	if err := run.Open(bound(1), second); !errors.Is(err, script.ErrOver) {
		t.Errorf("a round after the purse: %v", err)
	}
}

func TestRounds(t *testing.T) {
	run := script.NewRun(script.ReadOnly(metercard.CPU))
	for n := range 16 {
		if err := run.Take([]script.Step{apdu(t, "00B0990108")}, false); err != nil {
			t.Fatalf("round %d: %v", n, err)
		}
		if err := run.Take([]script.Step{apdu(t, "00B0990108")}, false); !errors.Is(err, script.ErrOver) {
			t.Fatalf("round %d, while it is under way: %v", n, err)
		}
		run.Next()
		run.Heard(done(t, "0102030405060708 9000"))
	}
	if err := run.Take([]script.Step{apdu(t, "00B0990108")}, false); !errors.Is(err, script.ErrOver) {
		t.Errorf("a round too many: %v", err)
	}
}

// TestWipe: what a round had is gone from memory, and so is what it saved.
func TestWipe(t *testing.T) {
	run := script.NewRun(script.Purchase(metercard.CPU))
	challenge := apdu(t, "0084000008")
	challenge.Save = "random"
	given := round(challenge, apdu(t, "00A4000002DF01"))
	if err := run.Open(bound(0), given); err != nil {
		t.Fatal(err)
	}
	step, due := run.Next()
	if !due {
		t.Fatal("no step is due")
	}
	run.Heard(done(t, "C1C2C3C4C5C6C7C8 9000"))
	digest := run.Digest()

	run.Wipe()
	if want := make(script.Bytes, len(step.Data)); !reflect.DeepEqual(step.Data, want) {
		t.Errorf("the run still has %x", []byte(step.Data))
	}
	if _, due := run.Next(); due || len(run.Saved()) != 0 || run.Digest() != digest || digest == "" {
		t.Errorf("due %t, saved %d, digest %q was %q", due, len(run.Saved()), run.Digest(), digest)
	}
	if want := apdu(t, "0084000008"); !reflect.DeepEqual(given.Steps[0].Data, want.Data) {
		t.Error("the steps of who gave them are gone too")
	}
}
