package update

import (
	"testing"
	"time"

	"wattkiosk/firmware/page"
)

var t0 = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// TestOnlyTheNewestLoginIsAnswered, and its number is all that is kept.
func TestOnlyTheNewestLoginIsAnswered(t *testing.T) {
	var d Desk
	first := d.Check(Login{Number: "4711", PIN: "270915", Code: "31415926"})
	second := d.Check(Login{Number: "4712", PIN: "270916", Code: "31415927"})
	if _, ok := d.Checked(first); ok {
		t.Error("an answer to the login before was taken")
	}
	if number, ok := d.Checked(second); !ok || number != "4712" {
		t.Errorf("%q, %v", number, ok)
	}
}

// TestWhatTimeAsksFor on each of the technician's screens.
func TestWhatTimeAsksFor(t *testing.T) {
	var d Desk
	d.Asked(t0)
	d.Seen(t0, Stick{ID: "s1"})
	for _, c := range []struct {
		screen            page.Screen
		after             time.Duration
		challenge, silent bool
	}{
		{AtLogin, ChallengeEvery - time.Second, false, false},
		{AtLogin, ChallengeEvery, true, false},
		{AtProgress, StickPatience - time.Second, false, false},
		{AtProgress, StickPatience, false, true},
		{AtStick, StickPatience, false, false},
		{page.Idle, StickPatience, false, false},
	} {
		challenge, silent := d.Due(t0.Add(c.after), c.screen)
		if challenge != c.challenge || silent != c.silent {
			t.Errorf("%s after %v: %v, %v", c.screen, c.after, challenge, silent)
		}
	}
	d.Progress(t0.Add(time.Minute))
	if _, silent := d.Due(t0.Add(StickPatience), AtProgress); silent {
		t.Error("given up though there was progress")
	}
	if w := d.Wake(AtProgress); !w.Equal(t0.Add(time.Minute + StickPatience)) {
		t.Errorf("wakes at %v", w)
	}
}

// TestACodeWithoutWordsIsShownItself.
func TestACodeWithoutWordsIsShownItself(t *testing.T) {
	for code, want := range map[string]string{"moon": "Cannot be installed (moon)", "expired": "The bundle has expired"} {
		if got := reason("en", code); got != want {
			t.Errorf("%s: %q, want %q", code, got, want)
		}
	}
}
