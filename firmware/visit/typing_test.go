package visit

import (
	"testing"
	"time"

	"wattkiosk/firmware/page"
	"wattkiosk/firmware/profile"
	"wattkiosk/payments/receipt"
)

// TestAKeyThatIsTouchedKeepsTheVisit: a digit every nine seconds is a customer who is
// there. What is said stays, and what was typed does not come along.
func TestAKeyThatIsTouchedKeepsTheVisit(t *testing.T) {
	s := New(receipt.Chinese, Waits{}).show(page.EnterAccount, t0).WithNotice("no-account")
	now := t0
	for range 10 {
		now = now.Add(9 * time.Second)
		s, _ = Tick(s, now)
		s = typed(t, s, now)
		if s.Asking || s.Screen != page.EnterAccount || s.Notice != "no-account" || !s.Deadline.Equal(now.Add(60*time.Second)) {
			t.Fatalf("after %s: %s until %s, asking %v, notice %q", now.Sub(t0), s.Screen, s.Deadline.Sub(t0), s.Asking, s.Notice)
		}
	}
	if asked, _ := Tick(s, t0.Add(150*time.Second)); !asked.Asking {
		t.Error("a minute after the last key nobody is asked")
	}
}

// TestKeysAreOneWordWithinThreeSeconds: it changes neither the clock nor the revision, so
// that no touch of a button comes too late for it.
func TestKeysAreOneWordWithinThreeSeconds(t *testing.T) {
	s := New(receipt.Chinese, Waits{}).show(page.EnterAmount, t0)
	if soon := typed(t, s, t0.Add(2999*time.Millisecond)); soon != s {
		t.Errorf("revision %d, until %s", soon.Rev, soon.Deadline.Sub(t0))
	}
	if later := typed(t, s, t0.Add(3*time.Second)); later.Rev == s.Rev || !later.Deadline.Equal(t0.Add(63*time.Second)) {
		t.Errorf("revision %d, until %s", later.Rev, later.Deadline.Sub(t0))
	}
}

// TestAStuckKeyKeepsNobody: a panel that touches a key by itself loses the visit after
// five minutes, and a button that is touched begins them anew.
func TestAStuckKeyKeepsNobody(t *testing.T) {
	s := New(receipt.Chinese, Waits{}).show(page.EnterAccount, t0)
	asked, ended := time.Duration(0), time.Duration(0)
	for after := time.Second; after < time.Hour && s.Screen != page.Idle; after += time.Second {
		s = typed(t, s, t0.Add(after))
		if s, _ = Tick(s, t0.Add(after)); s.Asking && asked == 0 {
			asked = after
		}
		ended = after
	}
	if asked < 297*time.Second || asked > 5*time.Minute || ended != asked+30*time.Second {
		t.Errorf("asked after %s, ended after %s", asked, ended)
	}

	s = New(receipt.Chinese, Waits{}).show(page.EnterAccount, t0)
	s = s.Touch(t0.Add(50 * time.Second))
	if s = typed(t, s, t0.Add(100*time.Second)); !s.Deadline.Equal(t0.Add(160 * time.Second)) {
		t.Errorf("until %s", s.Deadline.Sub(t0))
	}
}

// TestAQuestionGoesWhenSomebodyTypes, as with a keyboard of keys.
func TestAQuestionGoesWhenSomebodyTypes(t *testing.T) {
	s := New(receipt.Chinese, Waits{}).show(page.EnterAccount, t0)
	s, _ = Tick(s, t0.Add(60*time.Second))
	if s = typed(t, s, t0.Add(70*time.Second)); s.Asking || !s.Deadline.Equal(t0.Add(130*time.Second)) {
		t.Errorf("asking %v until %s", s.Asking, s.Deadline.Sub(t0))
	}
}

// TestNoKeyKeepsAScreenWithoutAKeypad: above all none where money is taken.
func TestNoKeyKeepsAScreenWithoutAKeypad(t *testing.T) {
	keypads := map[page.Screen]bool{page.EnterAccount: true, page.EnterAmount: true}
	for _, screen := range allScreens {
		s := State{Rev: 7, Screen: screen, Lang: receipt.Chinese, Since: t0, Deadline: t0.Add(time.Minute), Tender: profile.BankCard}
		next, _, err := Touched(s, page.Intent{Rev: 7, Name: "still-here"}, quick(), t0.Add(30*time.Second))
		if took := err == nil; took != keypads[screen] || !took && next != s {
			t.Errorf("%s: %v, until %s", screen, err, next.Deadline.Sub(t0))
		}
	}
	if _, _, err := Touched(State{Rev: 7, Screen: page.EnterAccount}, page.Intent{Rev: 6, Name: "still-here"}, quick(), t0); err == nil {
		t.Error("a key of a screen that is gone counts")
	}
}

// typed is a visit after a key was touched.
func typed(t *testing.T, s State, now time.Time) State {
	t.Helper()
	next, effects, err := Touched(s, page.Intent{Rev: s.Rev, Name: "still-here"}, quick(), now)
	if len(effects) != 0 || err != nil && s.Screen != page.Idle {
		t.Fatalf("%v, %v", err, effects)
	}

	return next
}
