package kiosk

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"wattkiosk/firmware/page"
	"wattkiosk/firmware/service/update"
	"wattkiosk/firmware/visit"
	"wattkiosk/hal/scanner"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/wire"
)

// stick plugs in a stick with one bundle that fits and one that does not.
func (r *rig) stick(phase update.StickPhase) {
	r.do(Stick{update.Stick{ID: "s1", Phase: phase, Running: "1.0.0", Offers: []update.Offer{
		{File: "good.wkb", Version: "1.1.0", Size: 182_400_000}, {File: "bad.wkb", Version: "0.9.0", Refused: "not-newer"},
	}}})
}

// payloads are the journal's records of a type, as they stand.
func (r *rig) payloads(recordType string) (all []string) {
	_ = r.j.Each(1, func(rec record.Record) error {
		if rec.Type == recordType {
			all = append(all, string(rec.Payload))
		}
		return nil
	})
	return all
}

// login lets a technician in.
func (r *rig) login() {
	r.t.Helper()
	r.stick(update.StickOffered)
	r.touch("staff")
	r.do(Challenge{"735104"})
	r.touch("staff-login", "number", "4711", "pin", "270915", "code", "31415926")
	c, ok := last[CheckStaff](r)
	if !ok {
		r.t.Fatal("nobody was asked")
	}
	r.do(StaffChecked{ID: c.ID, Person: update.Person{Number: "4711", Name: "李工"}})
	r.screen(update.AtStick)
}

func TestATechnicianInstalls(t *testing.T) {
	r := newRig(t)
	r.stick(update.StickOffered)
	r.touch("staff")
	if _, ok := last[AskChallenge](r); !ok {
		t.Error("the challenge was not asked for")
	}
	r.do(Challenge{"735104"})
	if got := r.c.View().Field("challenge"); got != "735104" {
		t.Errorf("challenge %v", got)
	}
	r.touch("staff-login", "number", "4711", "pin", "270915", "code", "31415926")
	c, ok := last[CheckStaff](r)
	if !ok || c.Login != (update.Login{Number: "4711", PIN: "270915", Code: "31415926"}) {
		t.Fatalf("asked %v", c)
	}
	r.do(StaffChecked{ID: c.ID, Person: update.Person{Number: "4711", Name: "李工"}})
	r.screen(update.AtStick)
	r.touch("staff-install", "file", "good.wkb")
	r.screen(update.AtConfirm)
	r.touch("confirm")
	r.screen(update.AtProgress)
	if e, ok := last[StickInstall](r); !ok || e != (StickInstall{"s1", "good.wkb", "4711"}) {
		t.Fatalf("ordered %+v, %v", e, ok)
	}
	r.do(Stick{update.Stick{ID: "s1", Phase: update.StickInstalling, File: "good.wkb", Percent: 40}})
	if got := r.c.View().Field("percent"); got != 40. {
		t.Errorf("percent %v", got)
	}
	r.do(Stick{update.Stick{ID: "s1", Phase: update.StickInstalled, File: "good.wkb"}})
	r.screen(update.AtResult)
	if err := r.hold(time.Minute); err != nil { // the technician waits for the restart
		t.Error(err)
	}
	r.screen(update.AtResult)
	r.touch("staff-leave")
	r.screen(page.OutOfService)
	if e, ok := last[StickDismiss](r); !ok || e.Stick != "s1" {
		t.Errorf("dismissed %+v, %v", e, ok)
	}
	if got := r.payloads("staff-login"); !slices.Equal(got, []string{`{"code":"","number":"4711","ok":true}`}) {
		t.Errorf("journaled %s", got)
	}
	if got := r.payloads("staff-install"); !slices.Equal(got, []string{`{"file":"good.wkb","number":"4711","version":"1.1.0"}`}) {
		t.Errorf("journaled %s", got)
	}
}

func TestRefusedLoginsAreJournaledWithoutWhatMayBeAPIN(t *testing.T) {
	r := newRig(t)
	r.stick(update.StickOffered)
	r.touch("staff")
	r.do(Challenge{"735104"})
	var want []string
	for code, number := range map[string]string{"pin": "270915", "code": "270915", "locked": "270915", "unknown": "", "no-roster": ""} {
		r.touch("staff-login", "number", "270915", "pin", "123456", "code", "31415926")
		c, _ := last[CheckStaff](r)
		r.do(StaffChecked{ID: c.ID, Code: code})
		r.screen(update.AtLogin)
		if r.c.View().Field("notice") == nil {
			t.Errorf("%s: no notice", code)
		}
		want = append(want, fmt.Sprintf(`{"code":%q,"number":%q,"ok":false}`, code, number))
	}
	if got := r.payloads("staff-login"); !slices.Equal(got, want) {
		t.Errorf("journaled %s, want %s", got, want)
	}
}

func TestNobodyIsLetInWithoutARecord(t *testing.T) {
	r := newRig(t)
	r.stick(update.StickOffered)
	r.touch("staff")
	r.do(Challenge{"735104"})
	r.touch("staff-login", "number", "4711", "pin", "270915", "code", "31415926")
	c, _ := last[CheckStaff](r)
	r.j.Full(true)
	r.do(StaffChecked{ID: c.ID, Person: update.Person{Number: "4711"}})
	r.screen(update.AtLogin)
	if got := r.c.View().Field("notice"); got != "staff-refused" {
		t.Errorf("notice %v", got)
	}

	r = newRig(t)
	r.login()
	r.touch("staff-install", "file", "good.wkb")
	r.j.Full(true)
	r.touch("confirm")
	r.screen(update.AtResult)
	if e, ok := last[StickInstall](r); ok || r.c.View().Field("code") != "journal" {
		t.Errorf("ordered %+v, code %v", e, r.c.View().Field("code"))
	}
}

// TestAnAnswerToAnEarlierLoginLetsNobodyIn: the technician left, and another one
// stands there.
func TestAnAnswerToAnEarlierLoginLetsNobodyIn(t *testing.T) {
	r := newRig(t)
	r.stick(update.StickOffered)
	r.touch("staff")
	r.do(Challenge{"735104"})
	r.touch("staff-login", "number", "4711", "pin", "270915", "code", "31415926")
	first, _ := last[CheckStaff](r)
	r.touch("staff-leave")
	r.do(StaffChecked{ID: first.ID, Person: update.Person{Number: "4711"}})
	r.screen(page.Idle)
	r.touch("staff")
	r.do(StaffChecked{ID: first.ID, Person: update.Person{Number: "4711"}})
	r.screen(update.AtLogin)
	r.do(Challenge{"735105"})
	r.touch("staff-login", "number", "12", "pin", "000000", "code", "00000000")
	r.do(StaffChecked{ID: first.ID, Person: update.Person{Number: "4711"}})
	r.screen(update.AtLogin)
}

func TestStaffTimeouts(t *testing.T) {
	r := newRig(t)
	r.login()
	r.now = r.now.Add(visit.StaffPatience)
	r.do(Tick{})
	r.screen(update.AtStick) // it asks
	r.now = r.now.Add(visit.AskFor)
	r.do(Tick{})
	r.screen(page.Idle)
	if e, ok := last[StickDismiss](r); ok {
		t.Errorf("a time-out dismissed %+v", e)
	}

	r = newRig(t)
	r.login()
	r.touch("staff-install", "file", "good.wkb")
	r.touch("confirm")
	for percent := range 5 {
		r.now = r.now.Add(update.StickPatience - time.Second)
		r.do(Stick{update.Stick{ID: "s1", Phase: update.StickInstalling, Percent: percent}})
		r.screen(update.AtProgress)
	}
	if w := r.c.Wake(); w.After(r.now.Add(update.StickPatience)) {
		t.Errorf("sleeps until %v", w)
	}
	r.now = r.now.Add(update.StickPatience)
	r.do(Tick{})
	r.screen(update.AtResult)
	if got := r.c.View().Field("code"); got != "silent" {
		t.Errorf("code %v", got)
	}
}

// TestTheChallengeIsLookedAtAgain: head office makes its code for what is shown.
func TestTheChallengeIsLookedAtAgain(t *testing.T) {
	r := newRig(t)
	r.stick(update.StickOffered)
	r.touch("staff")
	r.do(Challenge{"735104"})
	r.out = nil
	if w := r.c.Wake(); w.After(r.now.Add(update.ChallengeEvery)) {
		t.Fatalf("sleeps until %v", w)
	}
	r.now = r.now.Add(update.ChallengeEvery)
	r.do(Tick{})
	if _, ok := last[AskChallenge](r); !ok {
		t.Error("not looked at")
	}
	rev := r.c.View().Rev
	r.do(Challenge{"735104"})
	if r.c.View().Rev != rev {
		t.Error("the same challenge draws the screen anew")
	}
	r.do(Challenge{"900001"})
	if v := r.c.View(); v.Rev == rev || v.Field("challenge") != "900001" {
		t.Errorf("challenge %v at %d", v.Field("challenge"), v.Rev)
	}
	r.do(Challenge{})
	if got := r.c.View().Field("notice"); got != "staff-no-roster" {
		t.Errorf("notice %v", got)
	}
}

func TestTrialAndFallbackAreWarnings(t *testing.T) {
	r := newRig(t)
	r.do(Warning{Code: OnTrial, On: true})
	if w := r.c.Status().Warnings; !slices.Equal(w, []string{"update-trial"}) || len(r.c.Status().Blocks) != 0 || r.count("alarm") != 0 {
		t.Errorf("warnings %v, blocks %v, %d alarms", w, r.c.Status().Blocks, r.count("alarm"))
	}
	r.do(Warning{Code: OnTrial})
	r.do(Warning{Code: FellBack, On: true})
	if w := r.c.Status().Warnings; !slices.Equal(w, []string{"update-fallback"}) {
		t.Errorf("warnings %v", w)
	}
}

var billCode = regexp.MustCompile(`^([0-9]{10}|[0-9]{12})$|^([0-9]{10})[0-9]{14}$`)

func TestBillAccount(t *testing.T) {
	for code, want := range map[string]string{
		"1000000001": "1000000001", "100000000112": "100000000112", "100000000120261100012850": "1000000001",
		"10000000011": "", "": "", "6901234567892": "", "10000000012026110001285x": "", "https://example.org/1000000001": "", "１０００００００01": "",
	} {
		if got := billAccount(billCode, scanner.Code(code)); got != want {
			t.Errorf("%q: %q, want %q", code, got, want)
		}
	}
	if got := billAccount(nil, "1000000001"); got != "" {
		t.Errorf("without a pattern: %q", got)
	}
	if got := billAccount(regexp.MustCompile(`^([0-9]+)$`), "123"); got != "" {
		t.Errorf("a group that is no account: %q", got)
	}
}

func FuzzBillAccount(f *testing.F) {
	for _, s := range []string{"1000000001", "100000000120261100012850", "x", strings.Repeat("7", scanner.MaxCode)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, code string) {
		if a := billAccount(billCode, scanner.Code(code)); a != "" && (len(a) != 10 && len(a) != 12 || !strings.HasPrefix(code, a)) {
			t.Errorf("%q of %q", a, code)
		}
	})
}

func scanned(code string) Scanner {
	return Scanner{scanner.Event{Kind: scanner.Scanned, Code: scanner.Code(code)}}
}

// TestABillIsScanned: from the idle screen to the account in one read, and the
// scanner is off while nothing is to be read.
func TestABillIsScanned(t *testing.T) {
	for name, lead := range map[string]func(*rig){
		"idle": func(*rig) {}, "choose-service": func(r *rig) { r.touch("start") }, "enter-account": func(r *rig) { r.touch("pay-bill") },
	} {
		r := newRig(t)
		lead(r)
		if s, ok := last[Scan](r); !ok || !s.On {
			t.Errorf("%s: the scanner is not on", name)
		}
		r.do(scanned("100000000120261100012850"))
		r.screen(page.EnterAccount)
		if s, ok := last[Scan](r); !ok || s.On {
			t.Errorf("%s: the scanner stays on", name)
		}
		v := r.c.View()
		if v.Field("account") != "1000000001" || v.Field("waiting") != true {
			t.Errorf("%s: %v", name, v.Fields)
		}
		r.do(scanned("1000000002")) // one at a time
		if got := r.c.View().Field("account"); got != "1000000001" {
			t.Errorf("%s: then %v", name, got)
		}
		r.out = r.all
		r.answer(wire.VerifyResult{Payable: true, Account: "1000000001", Name: "张**", Arrears: 12850})
		r.screen(page.ConfirmAccount)
		r.do(scanned("1000000002"))
		r.screen(page.ConfirmAccount)
	}
	for _, e := range []Scanner{scanned("6901234567892"), {scanner.Event{Kind: scanner.Unreadable, Detail: "too long"}}} {
		r := newRig(t)
		r.do(e)
		r.screen(page.EnterAccount)
		if v := r.c.View(); v.Field("notice") != "not-a-bill" || v.Field("account") != "" {
			t.Errorf("%v: %v", e.Kind, v.Fields)
		}
	}
	r := newRig(t)
	r.do(Door{Name: "door", Open: true})
	if s, ok := last[Scan](r); !ok || s.On {
		t.Error("the scanner is on while the kiosk is out of service")
	}
	r.do(scanned("1000000001"))
	r.screen(page.OutOfService)
}

// TestAStickIsOpenForWhoeverIsLoggedIn: it is opened by a login, once, closed when the screen
// gives the technician up, and not touched by whoever only looks at the login's page.
func TestAStickIsOpenForWhoeverIsLoggedIn(t *testing.T) {
	r := newRig(t)
	count := func() (opened, closed int) {
		for _, e := range r.all {
			switch e.(type) {
			case StickOpen:
				opened++
			case StickClose:
				closed++
			}
		}
		return opened, closed
	}
	r.stick(update.StickWaiting)
	r.touch("staff")
	r.do(Challenge{"735104"})
	if opened, closed := count(); opened != 0 || closed != 0 {
		t.Fatalf("without a login: opened %d times, closed %d", opened, closed)
	}
	r.touch("staff-login", "number", "4711", "pin", "270915", "code", "31415926")
	c, _ := last[CheckStaff](r)
	r.do(StaffChecked{ID: c.ID, Person: update.Person{Number: "4711", Name: "李工"}})
	r.do(Tick{})
	if e, ok := last[StickOpen](r); !ok || e != (StickOpen{"s1", "4711"}) {
		t.Fatalf("logged in: %+v, %v", e, ok)
	}
	if got := r.c.View().Field("phase"); got != "reading" {
		t.Errorf("the page says %v", got)
	}
	r.stick(update.StickReading)
	r.stick(update.StickOffered)
	if opened, closed := count(); opened != 1 || closed != 0 {
		t.Errorf("opened %d times, closed %d", opened, closed)
	}
	for range 2 { // the question, then the end
		r.now = r.now.Add(10 * time.Minute)
		r.do(Tick{})
	}
	r.screen(page.Idle)
	r.do(Tick{})
	if e, ok := last[StickClose](r); !ok || e.Stick != "s1" {
		t.Errorf("given up: %+v, %v", e, ok)
	}
	r.stick(update.StickWaiting)
	r.stick(update.StickReading)
	r.stick(update.StickOffered) // root opened it, at the board
	if opened, closed := count(); opened != 1 || closed != 1 {
		t.Errorf("opened %d times, closed %d", opened, closed)
	}
	r.login()
	r.touch("staff-leave")
	r.do(Tick{})
	if opened, closed := count(); opened != 1 || closed != 1 {
		t.Errorf("left: opened %d times, closed %d", opened, closed)
	}
}
