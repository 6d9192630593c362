package vendor_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"wattkiosk/hal"
	"wattkiosk/hal/card"
	"wattkiosk/hal/card/vendor"
)

const works = description + `
-3 = { is = "other-card", text = "another" }
-4 = { is = "keys-away", text = "no encryptor" }
[op.accept]
function = "a"
[[work.read]]
function = "r"
args = ["out:serial", "out:_key", "out:purse"]
deadline = "1s"
[[work.write]]
function = "n"
args = ["same:serial", "out:_key"]
deadline = "1s"
[[work.write]]
function = "w"
args = ["in:_key", "in:purse", "'x'", "2"]
deadline = "4s"
`

func workRig(t *testing.T) *rig {
	t.Helper()
	a, err := vendor.ParseABI(works)
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, d: vendor.New(a), now: t0}
	r.online()

	return r
}

func TestPieces(t *testing.T) {
	a, err := vendor.ParseABI(works)
	if err != nil {
		t.Fatal(err)
	}
	w := vendor.New(a).Works()
	if p := w["read"]; len(w) != 2 || len(p.Needs) != 0 || !slices.Equal(p.Tells, []string{"serial", "purse"}) || len(p.Last) != 0 {
		t.Errorf("read %+v", p)
	}
	if p := w["write"]; !slices.Equal(p.Needs, []string{"serial", "purse"}) || len(p.Tells) != 0 || !slices.Equal(p.Last, []string{"purse"}) {
		t.Errorf("write %+v", p)
	}
}

// TestWork: a piece of work goes to the child as one request, and comes back as one
// outcome.
func TestWork(t *testing.T) {
	r := workRig(t)
	r.do(card.Command{ID: 7, Op: card.Work, Name: "write", Fields: card.Fields{"serial": card.Secret("01"), "purse": card.Secret("02")}})
	r.say()
	q := r.last()
	if q.Op != "work" || q.Name != "write" || string(q.Fields["serial"]) != "01" || string(q.Fields["purse"]) != "02" {
		t.Fatalf("asked %+v", q)
	}
	for _, c := range []struct {
		name   string
		answer vendor.Response
		kind   card.Kind
		err    error
	}{
		{"done", vendor.Response{Call: 1}, card.Done, nil},
		{"refused at once", vendor.Response{Code: -3}, card.NotDone, card.ErrOtherCard},
		{"refused late", vendor.Response{Call: 1, Code: -4}, card.Unknown, card.ErrKeys},
		{"unknown at once", vendor.Response{Code: -2}, card.Unknown, card.ErrDevice},
		{"a code that is not listed", vendor.Response{Code: 5}, card.Unknown, card.ErrDevice},
		{"another card", vendor.Response{Differs: "serial"}, card.NotDone, card.ErrOtherCard},
		{"a field that is missing", vendor.Response{Missing: "purse", Call: 1}, card.Unknown, card.ErrArgument},
		{"a text without end", vendor.Response{Endless: "_key"}, card.Unknown, card.ErrDevice},
		{"a call that there is not", vendor.Response{Call: 2}, card.Unknown, card.ErrDevice},
		{"a call before all", vendor.Response{Call: -1}, card.Unknown, card.ErrDevice},
		{"late", vendor.Response{Late: true}, card.Unknown, card.ErrSilent},
		{"a new child", vendor.Response{Ready: true}, card.Unknown, card.ErrSilent},
	} {
		r := workRig(t)
		r.do(card.Command{ID: 7, Op: card.Work, Name: "write", Fields: card.Fields{"serial": nil}})
		r.say()
		c.answer.ID = r.last().ID
		e := r.say(c.answer)
		if len(e) == 0 || e[0].Kind != c.kind || e[0].ID != 7 || !errors.Is(e[0].Err, c.err) {
			t.Errorf("%s: %+v, want %v, %v", c.name, e, c.kind, c.err)
		}
	}
}

// TestFieldsAreThoseOfTheDescription, whatever a child adds; and they are not printed.
func TestFieldsAreThoseOfTheDescription(t *testing.T) {
	r := workRig(t)
	r.do(card.Command{ID: 7, Op: card.Work, Name: "read"})
	r.say()
	e := r.say(vendor.Response{ID: r.last().ID, Fields: map[string][]byte{"serial": []byte("0A"), "purse": []byte("FF"), "_key": []byte("secret"), "more": []byte("x")}})
	if len(e) != 1 || e[0].Kind != card.Done || len(e[0].Fields) != 2 || string(e[0].Fields["serial"]) != "0A" || string(e[0].Fields["purse"]) != "FF" {
		t.Fatalf("%+v", e)
	}
	if got := fmt.Sprintf("%v %+v %#v", e[0], e[0], e[0].Fields); strings.Contains(got, "0A") || strings.Contains(got, "FF") {
		t.Errorf("an event prints as %s", got)
	}
	e[0].Fields.Wipe()
	if e[0].Fields["purse"][0] != 0 {
		t.Error("it is not wiped")
	}
}

// TestWorkThatIsNone is refused before anybody is asked.
func TestWorkThatIsNone(t *testing.T) {
	r := workRig(t)
	long := make(card.Secret, vendor.MaxField)
	for i := range long {
		long[i] = 'x'
	}
	for name, f := range map[string]card.Fields{
		"a NUL":       {"serial": card.Secret("0\x001")},
		"long":        {"serial": long},
		"a long name": {"serial-of-a-card-that-is-too-long": nil},
		"odd name":    {"Serial": nil},
		"too much": {
			"a": long[1:], "b": long[1:], "c": long[1:], "d": long[1:], "e": long[1:], "f": long[1:], "g": long[1:], "h": long[1:], "i": long[1:],
		},
	} {
		if err := r.d.Do(r.now, card.Command{ID: 1, Op: card.Work, Name: "write", Fields: f}); !errors.Is(err, card.ErrArgument) {
			t.Errorf("%s: %v", name, err)
		}
	}
	r.do(card.Command{ID: 2, Op: card.Work, Name: "erase"})
	if e := r.say(); len(e) != 1 || e[0].Kind != card.NotDone || !errors.Is(e[0].Err, card.ErrUnsupported) {
		t.Errorf("%+v", e)
	}
}

// TestWorkIsGivenTheTimeOfItsCalls, and not more.
func TestWorkIsGivenTheTimeOfItsCalls(t *testing.T) {
	r := workRig(t)
	r.do(card.Command{ID: 7, Op: card.Work, Name: "write"})
	r.say()
	r.now = r.now.Add(5*time.Second + vendor.Grace - 1)
	if e := r.say(); len(e) != 0 {
		t.Fatalf("%+v", e)
	}
	r.now = r.now.Add(1)
	if e := r.say(); len(e) != 2 || e[0].Kind != card.Unknown || e[1].Status.State != hal.DeviceOffline {
		t.Errorf("%+v", e)
	}
}

// TestTheGateIsAsItWasWanted: a new child is told first, and nobody hears of it.
func TestTheGateIsAsItWasWanted(t *testing.T) {
	r := workRig(t)
	r.do(card.Command{ID: 1, Op: card.Accept})
	r.say()
	r.say(vendor.Response{ID: r.last().ID})
	before := len(r.asked)
	r.say(vendor.Response{Ready: true})
	if q := r.asked[before]; q.Op != "accept" {
		t.Fatalf("a new child was asked for %s", q.Op)
	}
	if e := r.say(vendor.Response{ID: r.last().ID}); len(e) != 0 || r.last().Op != "status" {
		t.Errorf("%+v, then asked for %s", e, r.last().Op)
	}
}

func TestMistakesInWorks(t *testing.T) {
	for _, c := range []struct{ from, to, want string }{
		{`function = "w"`, ``, "work.write: call 1: function: missing"},
		{`"in:purse"`, `"in:Purse"`, `work.write: call 1: args[1]: "in:Purse" is no argument`},
		{`"in:purse"`, `"data"`, `work.write: call 1: args[1]: "data" is of operations`},
		{`"out:purse"`, `"out:serial"`, "work.read: call 0: args[2]: serial is told twice"},
		{`"len(data)"`, `"in:purse"`, `op.transmit: args[1]: "in:purse" is of a piece of work`},
		{`deadline = "4s"`, `deadline = "50s"`, "work.write: deadlines: 51s together, at most 45s"},
		{`deadline = "4s"`, `returns = "length"`, "work.write: call 1: returns and media are of operations"},
		{`[[work.read]]`, `[[work._read]]`, "work._read: no name of a piece of work"},
		{`[[work.read]]`, `[[work.read]]
function = "x"
` + strings.Repeat("[[work.read]]\nfunction = \"x\"\n", 7) + "[[work.read]]", "work.read: 9 calls, at most 8"},
	} {
		_, err := vendor.ParseABI(strings.Replace(works, c.from, c.to, 1))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.to, err, c.want)
		}
	}
}
