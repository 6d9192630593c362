package mis_test

import (
	"testing"

	"wattkiosk/payments/mis"
)

func TestJudge(t *testing.T) {
	const (
		open    = "open"
		wait    = "wait"
		done    = "done"
		refused = "refused"
		retry   = "retry"
		undone  = "undone"
	)
	// By meaning: what post, ask and reverse make of it, and why a query is refused.
	for m, want := range map[mis.Meaning]struct {
		post, ask, reverse string
		reason             mis.Reason
	}{
		"ok":               {done, done, done, ""},
		"failed":           {open, wait, wait, "not-payable"},
		"none":             {refused, retry, refused, "not-payable"},
		"no-user":          {refused, open, open, "no-account"},
		"no-right":         {refused, open, refused, "not-payable"},
		"bad-packet":       {open, open, open, "not-payable"},
		"duplicate":        {open, open, open, "not-payable"},
		"reversed":         {open, undone, done, "not-payable"},
		"invalid-reversal": {open, open, refused, "not-payable"},
		"no-next-day":      {open, open, refused, "not-payable"},
		"invoice-printed":  {open, open, refused, "not-payable"},
		"other-operator":   {open, open, refused, "not-payable"},
		"debit-in-transit": {refused, open, open, "direct-debit"},
		"no-partial":       {refused, open, open, "no-partial"},
		"no-arrears":       {refused, open, open, "nothing-due"},
		"arrears-first":    {refused, open, open, "no-advance"},
		"meter-card":       {refused, open, open, "meter-card"},
		"not-calculated":   {refused, open, open, "not-payable"},
		"calculating":      {retry, wait, wait, "not-now"},
		"already-paid":     {open, open, open, "not-payable"},
		"over-limit":       {refused, open, open, "over-limit"},
		"cross-area":       {refused, open, open, "other-area"},
		"":                 {open, open, open, "not-payable"},
		"of another time":  {open, open, open, "not-payable"},
	} {
		for op, want := range map[mis.Op]string{mis.OpPost: want.post, mis.OpAsk: want.ask, mis.OpReverse: want.reverse, "refund": open} {
			v := mis.Judge(op, m)
			got := map[mis.Outcome]string{mis.Done: done, mis.NotDone: refused, mis.Unknown: open}[v.Outcome]
			switch {
			case v.Retry:
				got = retry
			case v.Reversed:
				got = undone
			case v.Wait:
				got = wait
			}
			if got != want || v.Retry && v.Outcome != mis.NotDone || v.Reversed && v.Outcome != mis.NotDone || v.Wait && v.Outcome != mis.Unknown {
				t.Errorf("%s answered %q: %+v, want %s", op, m, v, want)
			}
		}
		for _, op := range []mis.Op{mis.OpQuery, mis.OpVerify} {
			v := mis.Judge(op, m)
			if v.Reason != want.reason || (v.Outcome == mis.Done) != (m == "ok") || v.Outcome == mis.Unknown || !v.Reason.Valid() {
				t.Errorf("%s answered %q: %+v, want %q", op, m, v, want.reason)
			}
		}
	}
}

func TestCodes(t *testing.T) {
	whole := mis.Codes{
		{"0", mis.SaysOK},
		{"1", mis.SaysFailed},
		{"2", mis.SaysNone},
		{"3", mis.SaysNoUser},
		{"4", mis.SaysNoRight},
		{"5", mis.SaysDuplicate},
		{"6", mis.SaysReversed},
		{"7", mis.SaysNoUser},
	}
	if err := whole.Check(); err != nil {
		t.Error(err)
	}
	if whole.Code(mis.SaysNoUser) != "3" || whole.Meaning("7") != mis.SaysNoUser || whole.Code(mis.SaysMeterCard) != "" || whole.Meaning("9") != "" {
		t.Error("codes")
	}
	for code, want := range map[mis.Code]mis.Outcome{"": mis.Unknown, "9": mis.Unknown, "0": mis.Done, "2": mis.NotDone} {
		if got := whole.Classify(mis.OpAsk, code); got.Outcome != want {
			t.Errorf("%q: %+v", code, got)
		}
	}
	for name, c := range map[string]mis.Codes{
		"none":            nil,
		"nothing says ok": whole[1:],
		"twice":           append(mis.Codes{{"0", mis.SaysOK}}, whole...),
		"empty":           append(mis.Codes{{"", mis.SaysOK}}, whole...),
		"what is that":    append(mis.Codes{{"9", "perhaps"}}, whole...),
	} {
		if c.Check() == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestOutcomeText(t *testing.T) {
	for o, want := range map[mis.Outcome]string{mis.Unknown: "unknown", mis.Done: "done", mis.NotDone: "not-done", 7: "Outcome(7)"} {
		if got := o.String(); got != want {
			t.Errorf("Outcome(%d).String() = %q, want %q", int(o), got, want)
		}
	}
	var o mis.Outcome
	if err := o.UnmarshalText([]byte("not-done")); err != nil || o != mis.NotDone {
		t.Errorf("UnmarshalText: %v, %v", o, err)
	}
	if err := o.UnmarshalText([]byte("perhaps")); err == nil {
		t.Error("UnmarshalText(perhaps): want an error")
	}
}
