package page

import "fmt"

// Intent is one touch: a stable name of the contract, its arguments, and the
// revision of the screen that was touched.
type Intent struct {
	Rev  uint64
	Name string
	Args map[string]string
}

// Refused is why an intent was not taken. Stale means that the screen changed
// meanwhile: the caller shows the present state.
type Refused struct {
	Code    string
	Message string
	Stale   bool
}

// Error implements error.
func (r *Refused) Error() string { return r.Code + ": " + r.Message }

// Effect is what the kiosk must do for a touch, or for a screen whose time is up.
type Effect string

// Move is what a touch does to the visit.
type Move struct {
	To      Screen // "" stays, and the page's clock starts again
	Waiting bool   // an answer is waited for
	Typed   string // what was typed or chosen: an account, a tender, a file
	Effects []Effect
}

// Touch is one thing that is taken on a page.
type Touch struct {
	Action
	// Quiet is taken but drawn by no button: a second name of another touch, kept
	// for programs that use it.
	Quiet bool
	// Why is the refusal where the touch is not Enabled; nil says "not available".
	Why *Refused
	// Take makes the move, or refuses the arguments with a *Refused.
	Take func(Intent) (Move, error)
}

// Find is the touch that an intent means: of its name, with the arguments that the
// touch fixes. The error is a *Refused.
func Find(p Page, screen Screen, in Intent) (Touch, error) {
	named := false
	for _, t := range p.Touches() {
		if t.Name != in.Name {
			continue
		}
		named = true
		if t.fits(in) {
			return t, nil
		}
	}
	if named {
		return Touch{}, &Refused{Code: "bad-argument", Message: fmt.Sprintf("%.40q is not offered with these arguments", in.Name)}
	}

	return Touch{}, &Refused{Code: "not-offered", Message: fmt.Sprintf("%.40q is not offered on screen %s", in.Name, screen)}
}

func (t Touch) fits(in Intent) bool {
	for k, v := range t.Args {
		if in.Args[k] != v {
			return false
		}
	}

	return true
}

// Do takes the touch, if it is enabled.
func (t Touch) Do(in Intent) (Move, error) {
	switch {
	case t.Enabled:
		return t.Take(in)
	case t.Why != nil:
		return Move{}, t.Why
	}

	return Move{}, &Refused{Code: "not-available", Message: fmt.Sprintf("%.40q is not available now", in.Name)}
}

// Go is a Take that always makes the same move.
func Go(to Screen, effects ...Effect) func(Intent) (Move, error) {
	return func(Intent) (Move, error) { return Move{To: to, Effects: effects}, nil }
}

// Button is an enabled touch with the words of its name.
func (f Frame) Button(name string, take func(Intent) (Move, error)) Touch {
	return Touch{Action: Action{Name: name, Label: f.Say("action." + name), Enabled: true}, Take: take}
}

// Also is a quiet second name of a move.
func Also(name string, enabled bool, why *Refused, take func(Intent) (Move, error)) Touch {
	return Touch{Action: Action{Name: name, Enabled: enabled}, Quiet: true, Why: why, Take: take}
}

// First makes the touch the page's main one.
func (t Touch) First() Touch {
	t.Primary = true
	return t
}

// Only enables the touch where ok, and says why where not.
func (t Touch) Only(ok bool, why *Refused) Touch {
	t.Enabled, t.Why = ok, why
	return t
}

// With fixes arguments.
func (t Touch) With(args map[string]string) Touch {
	t.Args = args
	return t
}

// Labelled gives the touch other words than those of its name.
func (t Touch) Labelled(label string) Touch {
	t.Label = label
	return t
}

// Actions are what the touches show.
func Actions(touches []Touch) []Action {
	all := make([]Action, 0, len(touches))
	for _, t := range touches {
		if !t.Quiet {
			all = append(all, t.Action)
		}
	}

	return all
}
