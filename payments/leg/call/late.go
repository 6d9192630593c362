package call

import "strings"

// Testimony says what an Evidence is about.
type Testimony string

// The kinds of evidence.
const (
	UndoDenied  Testimony = "undo-denied"  // the undo of what was done was refused
	UndoUnclear Testimony = "undo-unclear" // the undo was never answered usably, and it is still done
	Forgotten   Testimony = "forgotten"    // the other end knows nothing of what it had done
	LateDone    Testimony = "late-done"    // an answer that came late: done
	LateMisfit  Testimony = "late-misfit"  // an answer that came late: done, but not as it was ordered
	LateUndone  Testimony = "late-undone"  // an answer that came late: undone
	LateRefused Testimony = "late-refused" // an answer that came late: a refusal of one call
)

const maxEvidence = 120 // bytes of the other end's text that are kept

func testimony(t Testimony, a Answer) string {
	text := a.Text
	if len(text) > maxEvidence {
		text = strings.ToValidUTF8(text[:maxEvidence], "")
	}
	return strings.TrimSpace(strings.Join([]string{string(t), a.Code, text}, " "))
}

// Testimony takes Evidence apart: its kind, and the code and text that the other
// end gave. The kind is empty if there is none.
func (c Call) Testimony() (kind Testimony, said string) {
	k, said, _ := strings.Cut(c.Evidence, " ")
	return Testimony(k), said
}

// late takes an answer to a call that is in flight no more. It is never dropped
// if it says something.
func late(c Call, e Event) (Call, Effect) {
	a := e.Answer
	switch {
	case a.Outcome == Unknown:
		return c, ""
	case e.To == Undo && a.Outcome == Done, e.To == Ask && a.Outcome == NotDone && a.Undone:
		return lateUndone(c, a)
	case a.Outcome == Done:
		return lateDone(c, a)
	}
	if c.Evidence == "" { // less than any other evidence
		c.Evidence = testimony(LateRefused, a)
	}
	return c, ""
}

func lateDone(c Call, a Answer) (Call, Effect) {
	kind := LateDone
	if a.Misfit {
		kind = LateMisfit
	}

	switch {
	case c.State == EndDone && !a.Misfit, c.State == EndNotDone && c.Undone && !a.Misfit:
		return c, "" // a repeat of what is known
	case c.State.Final():
		c.Evidence = testimony(kind, a)
		return c, Raise
	case c.Proven && !a.Misfit:
		return c, "" // the same, while it is being undone
	case a.Misfit && (c.Proven || c.Undos > 0):
		c.Evidence = testimony(kind, a)
		return c, Raise
	case c.Undos > 0: // an undo may have been carried out: its own answer decides
		c.Proven = true
		c.Evidence = testimony(kind, a)
		return c, ""
	}
	c.Code, c.Text = a.Code, a.Text
	return done(c, a), ""
}

func lateUndone(c Call, a Answer) (Call, Effect) {
	switch {
	case c.State == EndNotDone:
		c.Undone = true
		return c, ""
	case c.State.Final():
		c.Evidence = testimony(LateUndone, a)
		return c, Raise
	}

	why := Reverted
	if c.Undos > 0 {
		why = Undone
	}
	c.Code, c.Text, c.Undone = a.Code, a.Text, true
	return end(c, EndNotDone, why), ""
}
