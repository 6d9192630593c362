package metercard

import (
	"bytes"

	"wattkiosk/hal/card"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/metercard/script"
	"wattkiosk/payments/metercard/userfile"
	"wattkiosk/uplink/wire"
)

// steps is the work of the instruction stream: a reading by the plan of the card's form, a
// write by rounds of steps that head office has signed.
type steps struct {
	at    *Desk
	phase phase
	form  metercard.Form
	run   *script.Run // of the reading, or of the session
}

// phase is what the reader does with the card's contacts.
type phase int

const (
	powering phase = iota // the power is taken, so that the card begins where a reset leaves it
	starting              // it is given
	stepping              // steps are carried out
)

func (w *steps) forms() []metercard.Form {
	return []metercard.Form{metercard.CPU, metercard.SLE4442, metercard.AT88SC102}
}

// begin takes the card's power and gives it again, as a card of one form.
func (w *steps) begin(p *plan, f metercard.Form) {
	w.form, w.phase = f, powering
	w.at.slot.order(p, card.Command{Op: card.PowerOff})
}

// chips are the memory cards by their forms.
var chips = map[metercard.Form]card.Chip{metercard.SLE4442: card.SLE4442, metercard.AT88SC102: card.AT88SC102}

func (w *steps) worked(p *plan, e card.Event) {
	s := &w.at.slot
	switch w.phase {
	case powering:
		w.phase = starting
		if chip, memory := chips[w.form]; memory {
			s.order(p, card.Command{Op: card.Select, Chip: chip})
		} else {
			s.order(p, card.Command{Op: card.PowerOn})
		}
	case starting:
		if e.Kind != card.Done {
			s.failed(p, whyOf(e.Err))

			return
		}
		w.started(p)
	case stepping:
		w.run.Heard(answerOf(e))
		w.step(p)
	}
}

// started goes on with a card that was reset just now.
func (w *steps) started(p *plan) {
	w.end()
	if w.at.slot.stay.stage == Writing {
		w.run = script.NewRun(script.Purchase(w.form))
		w.at.writer.ask(p, w.run.Saved())

		return
	}

	w.run = script.NewRun(script.ReadOnly(w.form))
	if err := w.run.Take(userfile.Plan(w.form), true); err != nil {
		w.at.slot.notRead(p, Unreadable)

		return
	}
	w.step(p)
}

// step has the next step carried out, or goes on with what the last one brought.
func (w *steps) step(p *plan) {
	next, due := w.run.Next()
	fault, failed := w.run.Fault()
	switch {
	case due:
		w.phase = stepping
		w.at.slot.order(p, commandOf(next))
	case failed:
		w.at.slot.failed(p, w.whyOf(fault))
	case w.at.slot.stay.stage != Writing:
		w.at.slot.readOver(p, w.run.Saved())
	case w.run.Last():
		w.at.writer.fail(p, "")
	default:
		w.at.slot.stay.session.round++
		w.at.writer.ask(p, w.run.Saved())
	}
}

// whyOf is what the step that ended a run says of the card.
func (w *steps) whyOf(f script.Fault) string {
	switch {
	case f.Why != script.WhyRefused:
		return f.Why
	case w.at.slot.stay.stage == Writing:
		return CardRefused
	}

	return Unreadable
}

func (w *steps) given(p *plan, said wire.CardSteps) error {
	s, err := wire.OpenScript(w.at.cfg.Key, said.Script)
	if err == nil {
		err = w.run.Open(w.at.writer.bound(p), s)
	}
	wipeSteps(s.Steps) // the run has copies of its own
	if err != nil {
		return err
	}
	w.step(p)

	return nil
}

func wipeSteps(steps []script.Step) {
	for _, s := range steps {
		clear(s.Data)
	}
}

func (w *steps) facts(said map[string]script.Bytes) (metercard.Facts, error) {
	return userfile.Facts(w.form, said)
}

func (w *steps) end() (digest string) {
	if w.run != nil {
		digest = w.run.Digest()
		w.run.Wipe()
	}
	w.run = nil

	return digest
}

// commandOf is a step as the reader is told it.
func commandOf(s script.Step) card.Command {
	data := card.Secret(bytes.Clone(s.Data))
	switch s.Op {
	case script.Read:
		return card.Command{Op: card.Read, Area: card.Area(s.Area), Address: s.Address, Length: s.Length}
	case script.Write:
		return card.Command{Op: card.Write, Area: card.Area(s.Area), Address: s.Address, Data: data}
	case script.Verify:
		return card.Command{Op: card.Verify, Data: data}
	}

	return card.Command{Op: card.Transmit, Data: data}
}

// answerOf is what came of a step.
func answerOf(e card.Event) script.Answer {
	switch e.Kind {
	case card.Done:
		return script.Answer{Outcome: script.Done, Data: script.Bytes(e.Data)}
	case card.NotDone:
		return script.Answer{Outcome: script.Refused, Why: whyOf(e.Err)}
	}

	return script.Answer{Outcome: script.Unknown, Why: whyOf(e.Err)}
}
