package visit

import (
	"wattkiosk/firmware/page"
	"wattkiosk/firmware/service/update"
)

// Draw makes the view of a visit.
func Draw(s State, m Machine) page.View {
	p := s.Page(m)
	v := page.View{Rev: s.Rev, Screen: s.Screen, Lang: s.Lang, Fields: p}
	v.Title = s.frame(m).Say("title." + string(s.Screen))
	if own, ok := p.(titled); ok && own.Title() != "" {
		v.Title = own.Title()
	}
	if s.counts() {
		d := s.Deadline
		v.Deadline = &d
	}

	v.Actions = page.Actions(touches{p, s.moreTime()}.Touches())
	to := otherLanguage(s.Lang)
	v.Actions = append(v.Actions, page.Action{
		Name: "language", Label: page.Text(to, "language"), Enabled: true, Args: map[string]string{"lang": string(to)},
	})

	return v
}

// titled is a page whose title depends on more than its screen; an empty one is the
// screen's.
type titled interface{ Title() string }

// counts reports whether the time that is left is shown: not on an idle screen, and
// not on a result that stays until somebody has copied it.
func (s State) counts() bool {
	switch {
	case s.Deadline.IsZero() || !s.InVisit():
		return false
	case s.result():
		return s.Asking || !s.Weight.Asks
	}

	return true
}

// touches are those of a page, and of the question in front of it.
type touches struct {
	page.Page
	more []page.Touch
}

// Touches implements page.Page.
func (t touches) Touches() []page.Touch { return append(t.more, t.Page.Touches()...) }

// moreTime is the touch that keeps a screen: the button of the question, a button
// of a result, and taken on any other screen that has a clock.
func (s State) moreTime() []page.Touch {
	if !s.InVisit() || s.Screen == page.Processing || s.Screen == page.TakeCard || s.Screen == page.WriteCard || s.Screen == update.AtProgress {
		return nil
	}

	f := page.NewFrame(s.Lang, "", "", false, "", false)
	t := f.Button("more-time", page.Go(""))
	switch {
	case s.Asking:
		t = t.First()
	case s.result():
		t = t.Labelled(f.Say("action.wait"))
	default:
		t.Quiet = true
	}

	return []page.Touch{t}
}
