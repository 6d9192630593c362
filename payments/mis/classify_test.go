package mis_test

import (
	"testing"

	"wattkiosk/payments/mis"
)

func TestClassify(t *testing.T) {
	for _, c := range []struct {
		op    mis.Op
		code  mis.Code
		want  mis.Outcome
		retry bool
	}{
		{"query", "1001", mis.Done, false},
		{"query", "1002", mis.NotDone, false},
		{"query", "1004", mis.NotDone, false},
		{"query", "1043", mis.NotDone, true},
		{"query", "9999", mis.NotDone, false},
		{"query", "", mis.Unknown, false},
		{"verify", "1001", mis.Done, false},
		{"verify", "1036", mis.NotDone, false},
		{"verify", "1039", mis.NotDone, false},
		{"verify", "1043", mis.NotDone, true},

		{"post", "1001", mis.Done, false},
		{"post", "1002", mis.Unknown, false},
		{"post", "1003", mis.NotDone, false},
		{"post", "1004", mis.NotDone, false},
		{"post", "1005", mis.Unknown, false},
		{"post", "1006", mis.Unknown, false},
		{"post", "1007", mis.Unknown, false},
		{"post", "1015", mis.Unknown, false},
		{"post", "1016", mis.NotDone, false},
		{"post", "1035", mis.NotDone, false},
		{"post", "1036", mis.NotDone, false},
		{"post", "1037", mis.NotDone, false},
		{"post", "1039", mis.NotDone, false},
		{"post", "1042", mis.NotDone, false},
		{"post", "1043", mis.NotDone, true},
		{"post", "1044", mis.Unknown, false},
		{"post", "1102", mis.NotDone, false},
		{"post", "11001", mis.NotDone, false},
		{"post", "11002", mis.NotDone, false},
		{"post", "11004", mis.Unknown, false},
		{"post", "11005", mis.NotDone, false},
		{"post", "11006", mis.Unknown, false},
		{"post", "11007", mis.Unknown, false},
		{"post", "11008", mis.Unknown, false},
		{"post", "11009", mis.NotDone, false},
		{"post", "11020", mis.Unknown, false},
		{"post", "11039", mis.Unknown, false},
		{"post", "11056", mis.NotDone, false},
		{"post", "11057", mis.NotDone, false},
		{"post", "", mis.Unknown, false},
		{"post", "zzz", mis.Unknown, false},

		{"ask", "1001", mis.Done, false},
		{"ask", "1002", mis.Unknown, false},
		{"ask", "1003", mis.NotDone, true},
		{"ask", "1004", mis.Unknown, false},
		{"ask", "1006", mis.Unknown, false},
		{"ask", "1043", mis.Unknown, false},
		{"ask", "11004", mis.Unknown, false},
		{"ask", "11007", mis.NotDone, false},
		{"ask", "11009", mis.NotDone, true},
		{"ask", "", mis.Unknown, false},

		{"reverse", "1001", mis.Done, false},
		{"reverse", "1002", mis.Unknown, false},
		{"reverse", "1003", mis.NotDone, false},
		{"reverse", "1004", mis.Unknown, false},
		{"reverse", "1005", mis.NotDone, false},
		{"reverse", "1006", mis.Unknown, false},
		{"reverse", "1015", mis.NotDone, false},
		{"reverse", "1043", mis.Unknown, false},
		{"reverse", "11004", mis.Unknown, false},
		{"reverse", "11006", mis.NotDone, false},
		{"reverse", "11007", mis.Done, false},
		{"reverse", "11009", mis.NotDone, false},
		{"reverse", "11065", mis.NotDone, false},
		{"reverse", "", mis.Unknown, false},

		{"refund", "1001", mis.Unknown, false},
	} {
		got := mis.Classify(c.op, c.code)
		if got.Outcome != c.want || got.Retry != c.retry {
			t.Errorf("Classify(%s, %q) = %+v; want %v, %v", c.op, c.code, got, c.want, c.retry)
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
