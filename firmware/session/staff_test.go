package session

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"wattkiosk/payments/receipt"
)

var staffScreens = []Screen{StaffLogin, StaffStick, StaffConfirm, StaffProgress, StaffResult}

// good is a stick with one bundle that fits and one that does not.
func good() Stick {
	return Stick{ID: "s1", Phase: StickOffered, Running: "1.0.0", Offers: []Offer{
		{File: "good.wkb", Version: "1.1.0", Board: "rpicm4", Size: 182_449_999, Signers: []string{"build", "release"}},
		{File: "bad.wkb", Version: "0.9.0", Board: "rpicm4", Size: 1, Refused: "not-newer"},
	}}
}

// at is a technician's visit on a screen.
func at(screen Screen) State {
	s := State{Rev: 7, Screen: screen, Lang: receipt.Chinese, Deadline: t0.Add(time.Minute), Staff: Staff{Challenge: "735104"}}
	switch screen {
	case StaffConfirm, StaffProgress, StaffResult:
		s.Staff.Stick, s.Staff.File = "s1", "good.wkb"
	}
	return s
}

// TestStaffTouches is every touch of the technician's flow on every screen.
func TestStaffTouches(t *testing.T) {
	intents := map[string]map[string]string{
		"staff": nil, "staff-login": {"number": "4711", "pin": "270915", "code": "31415926"}, "staff-install": {"file": "good.wkb"},
		"confirm": nil, "staff-leave": nil, "back": nil, "cancel": nil, "start": nil, "pay-bill": nil, "more-time": nil,
	}
	want := map[string]string{
		"idle/staff": "staff-login ask-challenge", "out-of-service/staff": "staff-login ask-challenge",
		"idle/start": "choose-service", "idle/pay-bill": "enter-account",
		"staff-login/staff-login": "staff-login check-staff", "staff-login/staff-leave": "idle end", "staff-login/back": "idle end", "staff-login/more-time": "staff-login",
		"staff-stick/staff-install": "staff-confirm", "staff-stick/staff-leave": "idle stick-dismiss end", "staff-stick/more-time": "staff-stick",
		"staff-confirm/confirm": "staff-progress stick-install", "staff-confirm/back": "staff-stick", "staff-confirm/staff-leave": "idle stick-dismiss end", "staff-confirm/more-time": "staff-confirm",
		"staff-result/staff-leave": "idle stick-dismiss end", "staff-result/more-time": "staff-result",
	}
	for _, screen := range append([]Screen{Idle, OutOfService}, staffScreens...) {
		for name, args := range intents {
			next, effects, err := Touched(at(screen), Intent{Rev: 7, Name: name, Args: args}, Env{CanPay: true, Stick: good()}, t0)
			got := string(next.Screen)
			for _, e := range effects {
				got += " " + string(e)
			}
			w, ok := want[string(screen)+"/"+name]
			var refused *Refused
			switch {
			case !ok && (!errors.As(err, &refused) || refused.Code != "not-offered" || next != at(screen)):
				t.Errorf("%s/%s: got %q, %v, want a refusal", screen, name, got, err)
			case ok && (err != nil || got != w || next.Rev == 7):
				t.Errorf("%s/%s: got %q rev %d, %v; want %q", screen, name, got, next.Rev, err, w)
			}
		}
	}
	for _, screen := range []Screen{ChooseService, EnterAccount, ConfirmAccount, ChooseTender, InsertCash, Processing, Done, Failed} {
		for _, name := range []string{"staff", "staff-login", "staff-install", "staff-leave"} {
			if next, _, err := Touched(at(screen), Intent{Rev: 7, Name: name, Args: intents[name]}, Env{CanPay: true, Stick: good()}, t0); err == nil {
				t.Errorf("%s/%s leads a customer to %s", screen, name, next.Screen)
			}
		}
	}
}

func TestStaffRefusals(t *testing.T) {
	login := func(number, pin, code string) Intent {
		return Intent{Rev: 7, Name: "staff-login", Args: map[string]string{"number": number, "pin": pin, "code": code}}
	}
	install := func(file string) Intent {
		return Intent{Rev: 7, Name: "staff-install", Args: map[string]string{"file": file}}
	}
	reading, other, worse := good(), good(), good()
	reading.Phase, other.ID, worse.Offers[0].Refused = StickReading, "s2", "expired"
	for name, c := range map[string]struct {
		screen Screen
		intent Intent
		stick  Stick
		code   string
	}{
		"no stick":              {Idle, Intent{Rev: 7, Name: "staff"}, Stick{}, "no-stick"},
		"no stick, closed":      {OutOfService, Intent{Rev: 7, Name: "staff"}, Stick{}, "no-stick"},
		"no number":             {StaffLogin, login("", "123456", "31415926"), good(), "bad-number"},
		"long number":           {StaffLogin, login("123456789", "123456", "31415926"), good(), "bad-number"},
		"letters":               {StaffLogin, login("a", "123456", "31415926"), good(), "bad-number"},
		"short PIN":             {StaffLogin, login("4711", "12345", "31415926"), good(), "bad-pin"},
		"long PIN":              {StaffLogin, login("4711", "1234567890123", "31415926"), good(), "bad-pin"},
		"short code":            {StaffLogin, login("4711", "123456", "3141592"), good(), "bad-code"},
		"no arguments":          {StaffLogin, Intent{Rev: 7, Name: "staff-login"}, good(), "bad-number"},
		"no such file":          {StaffStick, install("x.wkb"), good(), "no-such-file"},
		"no file":               {StaffStick, install(""), good(), "no-such-file"},
		"still reading":         {StaffStick, install("good.wkb"), reading, "no-such-file"},
		"does not fit":          {StaffStick, install("bad.wkb"), good(), "not-installable"},
		"pulled":                {StaffConfirm, Intent{Rev: 7, Name: "confirm"}, Stick{}, "not-installable"},
		"another stick":         {StaffConfirm, Intent{Rev: 7, Name: "confirm"}, other, "not-installable"},
		"does not fit any more": {StaffConfirm, Intent{Rev: 7, Name: "confirm"}, worse, "not-installable"},
	} {
		next, effects, err := Touched(at(c.screen), c.intent, Env{Stick: c.stick}, t0)
		var refused *Refused
		if !errors.As(err, &refused) || refused.Code != c.code || len(effects) != 0 || next != at(c.screen) {
			t.Errorf("%s: %v, %v", name, err, effects)
		}
		for _, secret := range []string{"12345", "31415926"} {
			if err != nil && c.screen == StaffLogin && strings.Contains(err.Error(), secret) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	s := at(StaffLogin)
	s.Waiting = true
	if _, _, err := Touched(s, login("4711", "123456", "31415926"), Env{Stick: good()}, t0); err == nil {
		t.Error("two logins at once")
	}
}

// TestTheStickLeadsTheScreen: what the agent says of the stick, on every screen.
func TestTheStickLeadsTheScreen(t *testing.T) {
	phase := func(p StickPhase) Stick { k := good(); k.Phase, k.File = p, "good.wkb"; return k }
	failed := phase(StickFailed)
	failed.Code, failed.Detail = "chunk-damaged", "chunk 7"
	silent := phase(StickFailed)
	other, worse := good(), good()
	other.ID, worse.Offers[0].Refused = "s2", "expired"
	sticks := map[string]Stick{
		"gone": {}, "reading": phase(StickReading), "offered": good(), "empty": phase(StickEmpty), "installing": phase(StickInstalling),
		"installed": phase(StickInstalled), "failed": failed, "failed without a code": silent, "other": other, "worse": worse,
	}
	want := map[string]string{
		"staff-login/gone": "idle", "staff-stick/gone": "idle", "staff-confirm/gone": "idle", "staff-progress/gone": "staff-result stick-gone",
		"staff-stick/installing": "staff-progress", "staff-stick/installed": "staff-result", "staff-stick/failed": "staff-result chunk-damaged chunk 7",
		"staff-confirm/installing": "staff-progress", "staff-confirm/installed": "staff-result", "staff-confirm/failed": "staff-result chunk-damaged chunk 7",
		"staff-stick/failed without a code": "staff-result unknown", "staff-confirm/failed without a code": "staff-result unknown",
		"staff-progress/failed without a code": "staff-result unknown",
		"staff-confirm/other":                  "staff-stick", "staff-confirm/worse": "staff-stick",
		"staff-progress/other": "staff-result stick-gone", "staff-progress/installed": "staff-result", "staff-progress/failed": "staff-result chunk-damaged chunk 7",
	}
	for _, screen := range append(slices.Clone(allScreens), staffScreens...) {
		for name, k := range sticks {
			next := StickSeen(at(screen), k, t0)
			got := strings.TrimSpace(strings.Join([]string{string(next.Screen), next.Staff.Code, next.Staff.Detail}, " "))
			w, moves := want[string(screen)+"/"+name]
			if !moves {
				w = string(screen)
			}
			if got != w || moves == (next.Rev == 7) {
				t.Errorf("%s/%s: %q rev %d, want %q", screen, name, got, next.Rev, w)
			}
		}
	}
}

func TestLogins(t *testing.T) {
	person := Person{"4711", "李工", "technician"}
	waiting := at(StaffLogin)
	waiting.Waiting = true
	if s := LoggedIn(waiting, person, "", good(), t0); s.Screen != StaffStick || s.Staff.Person != person || s.Waiting || !s.Deadline.Equal(t0.Add(StaffPatience)) {
		t.Errorf("let in: %+v", s)
	}
	busy := good()
	busy.Phase = StickInstalling
	if s := LoggedIn(waiting, person, "", busy, t0); s.Screen != StaffProgress || s.Staff.Stick != "s1" {
		t.Errorf("while it installs: %+v", s)
	}
	if s := LoggedIn(waiting, person, "", Stick{}, t0); s.Screen != Idle || s.Staff != (Staff{}) {
		t.Errorf("pulled meanwhile: %+v", s)
	}
	for code, notice := range map[string]string{"unknown": "staff-wrong", "pin": "staff-wrong", "code": "staff-wrong", "locked": "staff-locked", "no-roster": "staff-no-roster", "what": "staff-refused"} {
		s := LoggedIn(waiting, Person{}, code, good(), t0)
		if s.Screen != StaffLogin || s.Waiting || s.Notice != notice || s.Staff.Person != (Person{}) {
			t.Errorf("%s: %+v", code, s)
		}
	}
	for _, s := range []State{at(StaffLogin), at(Idle), at(StaffStick), at(InsertCash)} {
		if got := LoggedIn(s, person, "", good(), t0); got != s {
			t.Errorf("an answer nobody waits for: %+v", got)
		}
	}
}

func TestStaffClock(t *testing.T) {
	for _, screen := range staffScreens {
		s := at(screen).show(screen, t0)
		if screen == StaffProgress {
			if !s.Deadline.IsZero() {
				t.Error("an installation has a time-out")
			}
			continue
		}
		s, _ = Tick(s, t0.Add(StaffPatience))
		s, effects := Tick(s, t0.Add(StaffPatience+AskFor))
		if s.Screen != Idle || s.Staff != (Staff{}) || !slices.Equal(effects, []Effect{End}) {
			t.Errorf("%s ends on %s with %v", screen, s.Screen, effects)
		}
	}
	if s := New(receipt.Chinese, Waits{Staff: time.Hour}).show(StaffStick, t0); !s.Deadline.Equal(t0.Add(time.Hour)) {
		t.Errorf("waits until %v", s.Deadline)
	}
}

// TestALoginPrintsItsNumberOnly, however it is printed.
func TestALoginPrintsItsNumberOnly(t *testing.T) {
	l := LoginOf(Intent{Args: map[string]string{"number": "4711", "pin": "270915", "code": "31415926"}})
	if l != (Login{"4711", "270915", "31415926"}) {
		t.Fatal("arguments were lost")
	}
	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		fmt.Fprintf(&out, verb+"\n", l)
		fmt.Fprintf(&out, verb+"\n", struct{ L Login }{l})
	}
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "login", l)
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "login", l)
	if err := json.NewEncoder(&out).Encode(map[string]any{"login": l}); err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"270915", "31415926", "323730393135"} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("%s in\n%s", secret, out.String())
		}
	}
	if n := strings.Count(out.String(), "4711"); n < 10 {
		t.Errorf("the number %d times", n)
	}
}

// TestStaffScreensAreInBothLanguages finds text that shows its key, and offers what
// may be touched.
func TestStaffScreensAreInBothLanguages(t *testing.T) {
	actions := map[Screen]string{
		Idle: "[start staff language]", OutOfService: "[staff language]", StaffLogin: "[staff-login staff-leave language]",
		StaffStick: "[staff-install staff-leave language]", StaffConfirm: "[confirm back staff-leave language]",
		StaffProgress: "[language]", StaffResult: "[staff-leave language]",
	}
	for _, lang := range []receipt.Lang{receipt.Chinese, receipt.English} {
		for _, screen := range slices.Sorted(maps.Keys(actions)) {
			s := at(screen)
			s.Lang, s.Notice = lang, "staff-wrong"
			v := Draw(s, Machine{Env: Env{Stick: good()}, Blocks: []string{"update"}})
			var names []string
			for _, a := range v.Actions {
				names = append(names, a.Name)
			}
			if fmt.Sprint(names) != actions[screen] {
				t.Errorf("%s offers %v, want %s", screen, names, actions[screen])
			}
			b, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			for _, prefix := range []string{`"title.`, `"action.`, `"hint.`, `"notice.`, `"staff.`, `"stick.`, `"update.`, `"block.`} {
				if strings.Contains(string(b), prefix) {
					t.Errorf("%s in %s shows a key: %s", screen, lang, b)
				}
			}
		}
	}
}

func TestOffersInWords(t *testing.T) {
	v := Draw(at(StaffStick), Machine{Env: Env{Stick: good()}})
	want := []OfferView{
		{File: "good.wkb", From: "1.0.0", To: "1.1.0", Size: "182.4 MB", Board: "rpicm4", Signers: "build, release"},
		{File: "bad.wkb", From: "1.0.0", To: "0.9.0", Size: "0.0 MB", Board: "rpicm4", Refused: "not-newer", RefusedText: "不比当前版本新"},
	}
	if got, _ := v.Fields["offers"].([]OfferView); !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
	if got := updateText(receipt.English, "moon"); got != "Cannot be installed (moon)" {
		t.Errorf("a code without words is %q", got)
	}
}

// TestScans is a bar code on every screen: the screen after it, and what is asked.
func TestScans(t *testing.T) {
	want := map[Screen]string{Idle: "enter-account 1000000001 verify", ChooseService: "enter-account 1000000001 verify", EnterAccount: "enter-account 1000000001 verify"}
	for _, screen := range append(slices.Clone(allScreens), staffScreens...) {
		s := at(screen)
		next, effects := Scanned(s, "1000000001", Env{CanPay: true}, t0)
		got := string(next.Screen) + " " + next.Account
		for _, e := range effects {
			got += " " + string(e)
		}
		if w, takes := want[screen]; takes && (got != w || !next.Waiting || next.Rev == 7) || !takes && next != s {
			t.Errorf("%s: %q", screen, got)
		}
		if next, effects := Scanned(s, "1000000001", Env{}, t0); next != s || effects != nil {
			t.Errorf("%s takes a bill while nothing can be paid", screen)
		}
		next, effects = Scanned(s, "", Env{CanPay: true}, t0)
		if _, takes := want[screen]; takes && (next.Screen != EnterAccount || next.Notice != "not-a-bill" || effects != nil) || !takes && next != s {
			t.Errorf("%s, no bill: %+v", screen, next)
		}
	}
	s := at(EnterAccount)
	s.Account, s.Waiting = "1000000009", true
	if next, _ := Scanned(s, "1000000001", Env{CanPay: true}, t0); next != s {
		t.Errorf("while one is looked up: %+v", next)
	}
}
