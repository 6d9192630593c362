package visit

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

	"wattkiosk/firmware/condition"
	"wattkiosk/firmware/page"
	"wattkiosk/firmware/profile"
	"wattkiosk/firmware/service/paybill"
	"wattkiosk/firmware/service/update"
	"wattkiosk/payments/receipt"
)

var staffScreens = []page.Screen{update.AtLogin, update.AtStick, update.AtConfirm, update.AtProgress, update.AtResult}

// good is a stick with one bundle that fits and one that does not.
func good() update.Stick {
	return update.Stick{ID: "s1", Phase: update.StickOffered, Running: "1.0.0", Offers: []update.Offer{
		{File: "good.wkb", Version: "1.1.0", Board: "rpicm4", Size: 182_449_999, Signers: []string{"build", "release"}},
		{File: "bad.wkb", Version: "0.9.0", Board: "rpicm4", Size: 1, Refused: "not-newer"},
	}}
}

// ready is a machine that offers everything it has.
func ready(k update.Stick) Machine { return Machine{Profile: profile.Lobby(), Stick: k} }

// at is a technician's visit on a screen.
func at(screen page.Screen) State {
	s := State{Rev: 7, Screen: screen, Lang: receipt.Chinese, Deadline: t0.Add(time.Minute), Staff: update.State{Challenge: "735104"}, Quote: paybill.Quote{Limit: 500_00}}
	switch screen {
	case update.AtConfirm, update.AtProgress, update.AtResult:
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
	for _, screen := range append([]page.Screen{page.Idle, page.OutOfService}, staffScreens...) {
		for name, args := range intents {
			next, effects, err := Touched(at(screen), page.Intent{Rev: 7, Name: name, Args: args}, ready(good()), t0)
			got := string(next.Screen)
			for _, e := range effects {
				got += " " + string(e)
			}
			w, ok := want[string(screen)+"/"+name]
			var refused *page.Refused
			switch {
			case !ok && (!errors.As(err, &refused) || refused.Code != "not-offered" || next != at(screen)):
				t.Errorf("%s/%s: got %q, %v, want a refusal", screen, name, got, err)
			case ok && (err != nil || got != w || next.Rev == 7):
				t.Errorf("%s/%s: got %q rev %d, %v; want %q", screen, name, got, next.Rev, err, w)
			}
		}
	}
	for _, screen := range []page.Screen{page.ChooseService, page.EnterAccount, page.ConfirmAccount, page.ChooseTender, page.InsertCash, page.Processing, page.Done, page.Failed} {
		for _, name := range []string{"staff", "staff-login", "staff-install", "staff-leave"} {
			if next, _, err := Touched(at(screen), page.Intent{Rev: 7, Name: name, Args: intents[name]}, ready(good()), t0); err == nil {
				t.Errorf("%s/%s leads a customer to %s", screen, name, next.Screen)
			}
		}
	}
}

func TestStaffRefusals(t *testing.T) {
	login := func(number, pin, code string) page.Intent {
		return page.Intent{Rev: 7, Name: "staff-login", Args: map[string]string{"number": number, "pin": pin, "code": code}}
	}
	install := func(file string) page.Intent {
		return page.Intent{Rev: 7, Name: "staff-install", Args: map[string]string{"file": file}}
	}
	reading, other, worse := good(), good(), good()
	reading.Phase, other.ID, worse.Offers[0].Refused = update.StickReading, "s2", "expired"
	for name, c := range map[string]struct {
		screen page.Screen
		intent page.Intent
		stick  update.Stick
		code   string
	}{
		"no stick":              {page.Idle, page.Intent{Rev: 7, Name: "staff"}, update.Stick{}, "no-stick"},
		"no stick, closed":      {page.OutOfService, page.Intent{Rev: 7, Name: "staff"}, update.Stick{}, "no-stick"},
		"no number":             {update.AtLogin, login("", "123456", "31415926"), good(), "bad-number"},
		"long number":           {update.AtLogin, login("123456789", "123456", "31415926"), good(), "bad-number"},
		"letters":               {update.AtLogin, login("a", "123456", "31415926"), good(), "bad-number"},
		"short PIN":             {update.AtLogin, login("4711", "12345", "31415926"), good(), "bad-pin"},
		"long PIN":              {update.AtLogin, login("4711", "1234567890123", "31415926"), good(), "bad-pin"},
		"short code":            {update.AtLogin, login("4711", "123456", "3141592"), good(), "bad-code"},
		"no arguments":          {update.AtLogin, page.Intent{Rev: 7, Name: "staff-login"}, good(), "bad-number"},
		"no such file":          {update.AtStick, install("x.wkb"), good(), "no-such-file"},
		"no file":               {update.AtStick, install(""), good(), "no-such-file"},
		"still reading":         {update.AtStick, install("good.wkb"), reading, "no-such-file"},
		"does not fit":          {update.AtStick, install("bad.wkb"), good(), "not-installable"},
		"pulled":                {update.AtConfirm, page.Intent{Rev: 7, Name: "confirm"}, update.Stick{}, "not-installable"},
		"another stick":         {update.AtConfirm, page.Intent{Rev: 7, Name: "confirm"}, other, "not-installable"},
		"does not fit any more": {update.AtConfirm, page.Intent{Rev: 7, Name: "confirm"}, worse, "not-installable"},
	} {
		next, effects, err := Touched(at(c.screen), c.intent, ready(c.stick), t0)
		var refused *page.Refused
		if !errors.As(err, &refused) || refused.Code != c.code || len(effects) != 0 || next != at(c.screen) {
			t.Errorf("%s: %v, %v", name, err, effects)
		}
		for _, secret := range []string{"12345", "31415926"} {
			if err != nil && c.screen == update.AtLogin && strings.Contains(err.Error(), secret) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	s := at(update.AtLogin)
	s.Waiting = true
	if _, _, err := Touched(s, login("4711", "123456", "31415926"), ready(good()), t0); err == nil {
		t.Error("two logins at once")
	}
}

// TestTheStickLeadsTheScreen: what the agent says of the stick, on every screen.
func TestTheStickLeadsTheScreen(t *testing.T) {
	phase := func(p update.StickPhase) update.Stick { k := good(); k.Phase, k.File = p, "good.wkb"; return k }
	failed := phase(update.StickFailed)
	failed.Code, failed.Detail = "chunk-damaged", "chunk 7"
	silent := phase(update.StickFailed)
	other, worse := good(), good()
	other.ID, worse.Offers[0].Refused = "s2", "expired"
	sticks := map[string]update.Stick{
		"gone": {}, "reading": phase(update.StickReading), "offered": good(), "empty": phase(update.StickEmpty), "installing": phase(update.StickInstalling),
		"installed": phase(update.StickInstalled), "failed": failed, "failed without a code": silent, "other": other, "worse": worse,
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
	person := update.Person{Number: "4711", Name: "李工", Role: "technician"}
	waiting := at(update.AtLogin)
	waiting.Waiting = true
	if s := LoggedIn(waiting, person, "", good(), t0); s.Screen != update.AtStick || s.Staff.Person != person || s.Waiting || !s.Deadline.Equal(t0.Add(StaffPatience)) {
		t.Errorf("let in: %+v", s)
	}
	busy := good()
	busy.Phase = update.StickInstalling
	if s := LoggedIn(waiting, person, "", busy, t0); s.Screen != update.AtProgress || s.Staff.Stick != "s1" {
		t.Errorf("while it installs: %+v", s)
	}
	if s := LoggedIn(waiting, person, "", update.Stick{}, t0); s.Screen != page.Idle || s.Staff != (update.State{}) {
		t.Errorf("pulled meanwhile: %+v", s)
	}
	for code, notice := range map[string]string{"unknown": "staff-wrong", "pin": "staff-wrong", "code": "staff-wrong", "locked": "staff-locked", "no-roster": "staff-no-roster", "what": "staff-refused"} {
		s := LoggedIn(waiting, update.Person{}, code, good(), t0)
		if s.Screen != update.AtLogin || s.Waiting || s.Notice != notice || s.Staff.Person != (update.Person{}) {
			t.Errorf("%s: %+v", code, s)
		}
	}
	for _, s := range []State{at(update.AtLogin), at(page.Idle), at(update.AtStick), at(page.InsertCash)} {
		if got := LoggedIn(s, person, "", good(), t0); got != s {
			t.Errorf("an answer nobody waits for: %+v", got)
		}
	}
}

func TestStaffClock(t *testing.T) {
	for _, screen := range staffScreens {
		s := at(screen).show(screen, t0)
		if screen == update.AtProgress {
			if !s.Deadline.IsZero() {
				t.Error("an installation has a time-out")
			}
			continue
		}
		s, _ = Tick(s, t0.Add(StaffPatience))
		s, effects := Tick(s, t0.Add(StaffPatience+AskFor))
		if s.Screen != page.Idle || s.Staff != (update.State{}) || !slices.Equal(effects, []page.Effect{page.End}) {
			t.Errorf("%s ends on %s with %v", screen, s.Screen, effects)
		}
	}
	if s := New(receipt.Chinese, Waits{Staff: time.Hour}).show(update.AtStick, t0); !s.Deadline.Equal(t0.Add(time.Hour)) {
		t.Errorf("waits until %v", s.Deadline)
	}
}

// TestALoginPrintsItsNumberOnly, however it is printed.
func TestALoginPrintsItsNumberOnly(t *testing.T) {
	l := update.LoginOf(page.Intent{Args: map[string]string{"number": "4711", "pin": "270915", "code": "31415926"}})
	if l != (update.Login{Number: "4711", PIN: "270915", Code: "31415926"}) {
		t.Fatal("arguments were lost")
	}
	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		fmt.Fprintf(&out, verb+"\n", l)
		fmt.Fprintf(&out, verb+"\n", struct{ L update.Login }{l})
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
	actions := map[page.Screen]string{
		page.Idle: "[start staff language]", page.OutOfService: "[staff language]", update.AtLogin: "[staff-login staff-leave language]",
		update.AtStick: "[staff-install staff-leave language]", update.AtConfirm: "[confirm back staff-leave language]",
		update.AtProgress: "[language]", update.AtResult: "[staff-leave language]",
	}
	for _, lang := range []receipt.Lang{receipt.Chinese, receipt.English} {
		for _, screen := range slices.Sorted(maps.Keys(actions)) {
			s := at(screen)
			s.Lang, s.Notice = lang, "staff-wrong"
			v := Draw(s, Machine{Profile: profile.Lobby(), Stick: good(), Blocks: []condition.Code{"update"}})
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
	v := Draw(at(update.AtStick), ready(good()))
	want := []update.OfferView{
		{File: "good.wkb", From: "1.0.0", To: "1.1.0", Size: "182.4 MB", Board: "rpicm4", Signers: "build, release"},
		{File: "bad.wkb", From: "1.0.0", To: "0.9.0", Size: "0.0 MB", Board: "rpicm4", Refused: "not-newer", RefusedText: "不比当前版本新"},
	}
	if got, _ := v.Fields.(update.StickPage); !slices.Equal(got.Offers, want) {
		t.Errorf("%+v", got)
	}
}

// TestScans is a bar code on every screen: the screen after it, and what is asked.
func TestScans(t *testing.T) {
	want := map[page.Screen]string{page.Idle: "enter-account 1000000001 verify", page.ChooseService: "enter-account 1000000001 verify", page.EnterAccount: "enter-account 1000000001 verify"}
	for _, screen := range append(slices.Clone(allScreens), staffScreens...) {
		s := at(screen)
		next, effects := Scanned(s, "1000000001", ready(update.Stick{}), t0)
		got := string(next.Screen) + " " + next.Account
		for _, e := range effects {
			got += " " + string(e)
		}
		if w, takes := want[screen]; takes && (got != w || !next.Waiting || next.Rev == 7) || !takes && next != s {
			t.Errorf("%s: %q", screen, got)
		}
		if next, effects := Scanned(s, "1000000001", Machine{Profile: profile.Lobby(), Stopped: condition.All}, t0); next != s || effects != nil {
			t.Errorf("%s takes a bill while nothing can be paid", screen)
		}
		next, effects = Scanned(s, "", ready(update.Stick{}), t0)
		if _, takes := want[screen]; takes && (next.Screen != page.EnterAccount || next.Notice != "not-a-bill" || effects != nil) || !takes && next != s {
			t.Errorf("%s, no bill: %+v", screen, next)
		}
	}
	s := at(page.EnterAccount)
	s.Account, s.Waiting = "1000000009", true
	if next, _ := Scanned(s, "1000000001", ready(update.Stick{}), t0); next != s {
		t.Errorf("while one is looked up: %+v", next)
	}
}
