package page

import (
	"errors"
	"testing"
)

type twoDoors struct{}

func (twoDoors) Touches() []Touch {
	why := &Refused{Code: "closed", Message: "closed"}
	return []Touch{
		{Action: Action{Name: "door", Enabled: true, Args: map[string]string{"to": "left"}}, Take: Go("left", End)},
		{Action: Action{Name: "door", Args: map[string]string{"to": "right"}}, Why: why, Take: Go("right")},
		{Action: Action{Name: "window"}, Take: Go("out")},
		Also("gate", true, nil, Go("left")),
	}
}

// TestATouchIsFoundByItsNameAndArguments.
func TestATouchIsFoundByItsNameAndArguments(t *testing.T) {
	for _, c := range []struct {
		name, to, want string
	}{
		{"door", "left", "left"},
		{"door", "right", "closed"},
		{"door", "up", "bad-argument"},
		{"door", "", "bad-argument"},
		{"window", "", "not-available"},
		{"gate", "", "left"},
		{"roof", "", "not-offered"},
	} {
		in := Intent{Name: c.name, Args: map[string]string{"to": c.to}}
		touch, err := Find(twoDoors{}, "hall", in)
		var move Move
		if err == nil {
			move, err = touch.Do(in)
		}
		got := string(move.To)
		if no, ok := errors.AsType[*Refused](err); ok {
			got = no.Code
		}
		if got != c.want {
			t.Errorf("%s %s: %q, want %q", c.name, c.to, got, c.want)
		}
	}
	if shown := Actions(twoDoors{}.Touches()); len(shown) != 3 {
		t.Errorf("%d are shown, want 3: one is quiet", len(shown))
	}
}

// TestAPageSpeaksOfWhatItIsAbout: the first kind that has words of its own, else those
// about a bill.
func TestAPageSpeaksOfWhatItIsAbout(t *testing.T) {
	f := NewFrame("en", "", "", true, "", false)
	for _, c := range []struct{ key, plain, buy, rewrite string }{
		{"title.done", "Payment complete", "Purchase complete", "Card written"},
		{"action.finish-cash", "Pay", "Buy", "Buy"},
		{"action.back", "Back", "Back", "Back"},
		{"no.such", "no.such", "no.such", "no.such"},
	} {
		got := []string{f.Say(c.key), f.About("buy").Say(c.key), f.About("rewrite", "buy").Say(c.key)}
		if got[0] != c.plain || got[1] != c.buy || got[2] != c.rewrite {
			t.Errorf("%s: %q", c.key, got)
		}
	}
	if f.Knows("hint.not-a-multiple") || !f.About("buy").Knows("hint.not-a-multiple") {
		t.Error("what is said of a purchase alone is known of a bill")
	}
}
