package vendorsim

import (
	"encoding/hex"
	"errors"
	"strconv"
	"strings"

	"wattkiosk/hal/card"
	"wattkiosk/hal/card/cardsim/meterissuersim"
	"wattkiosk/payments/cardsystem"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/metercard/script"
	"wattkiosk/payments/metercard/userfile"
	"wattkiosk/payments/mis"
)

// What the functions return.
const (
	codeDone      = 0
	codeReader    = 1000
	codeNoCard    = 1001
	codeMute      = 1002
	codeArguments = 1021
	codeRefused   = 1022
	codeOtherCard = 1028
	codeNotRead   = 1033
	codeNotDone   = 1040
	codeKeysAway  = 1045
)

// Do is a reader: it carries one command out.
type Do func(card.Command) card.Event

// Library is what a maker delivers. The zero value is ready; it is not safe for concurrent
// use.
type Library struct {
	KeysAway bool // its encryption service does not answer

	issuer *meterissuersim.Issuer
	stay   *stay // between WriteUserInfo and WritePurse
}

// stay is a card that is being written.
type stay struct {
	order cardsystem.StepsOrder
	sold  metercard.Sold
	run   *script.Run
	purse []script.Step // the round that writes it
}

// Call calls a function with its arguments, of which those that it tells are empty. It
// returns its code, and what it tells in their order.
func (l *Library) Call(do Do, function string, args []string) (code int32, tells []string) {
	switch {
	case function == "EP_ReadCardNum" && len(args) == 1:
		f, code := l.read(do)

		return code, []string{f.Serial}
	case function == "EP_ReadUserInfo" && len(args) == 4:
		return l.files(do, args[0])
	case function == "EP_ReadCard" && len(args) == 9:
		f, code := l.read(do)

		return code, []string{
			f.Serial, string(f.Form), string(f.Kind), f.Meter, f.Customer, number(int64(f.Count)), number(int64(f.Purse)), number(int64(f.Loaded)), number(int64(f.Left)),
		}
	case function == "EP_WriteUserInfo" && len(args) == 4:
		return l.prepare(do, args[2], args[3]), nil
	case function == "EP_WritePurse" && len(args) == 2:
		return l.finish(do, args[0], args[1]), nil
	}

	return codeArguments, nil
}

func number(n int64) string { return strconv.FormatInt(n, 10) }

// forms are what a card is tried as.
var forms = map[metercard.Form]card.Chip{metercard.CPU: 0, metercard.SLE4442: card.SLE4442, metercard.AT88SC102: card.AT88SC102}

// power gives the card power, as a form.
func power(do Do, f metercard.Form) int32 {
	do(card.Command{Op: card.PowerOff})
	c := card.Command{Op: card.PowerOn}
	if chip := forms[f]; chip != 0 {
		c = card.Command{Op: card.Select, Chip: chip}
	}

	return codeOf(do(c), codeMute)
}

// codeOf is what an outcome is as a code; other is one that has no code of its own.
func codeOf(e card.Event, other int32) int32 {
	switch {
	case e.Kind == card.Done:
		return codeDone
	case errors.Is(e.Err, card.ErrNoCard), errors.Is(e.Err, card.ErrPulled):
		return codeNoCard
	case errors.Is(e.Err, card.ErrSilent), errors.Is(e.Err, card.ErrJam), errors.Is(e.Err, card.ErrDevice), errors.Is(e.Err, card.ErrLine):
		return codeReader
	}

	return other
}

// read is the card that is inside, whatever it is.
func (l *Library) read(do Do) (metercard.Facts, int32) {
	code := int32(codeMute)
	for _, form := range []metercard.Form{metercard.CPU, metercard.SLE4442, metercard.AT88SC102} {
		saved, failed := l.plan(do, form)
		if failed == codeNoCard || failed == codeReader {
			return metercard.Facts{}, failed
		}
		if failed != codeDone {
			code = failed

			continue
		}
		f, err := userfile.Facts(form, saved)
		if err != nil {
			return metercard.Facts{}, codeNotRead
		}

		return f, codeDone
	}

	return metercard.Facts{}, code
}

// plan reads the files of a card of one form.
func (l *Library) plan(do Do, form metercard.Form) (map[string]script.Bytes, int32) {
	if code := power(do, form); code != codeDone {
		return nil, code
	}
	run := script.NewRun(script.ReadOnly(form))
	if run.Take(userfile.Plan(form), true) != nil {
		return nil, codeArguments
	}
	if code := carry(do, run, codeNotRead); code != codeDone {
		return nil, code
	}

	return run.Saved(), codeDone
}

// carry has the steps of a run carried out; a step that the card refuses has the code
// refused.
func carry(do Do, run *script.Run, refused int32) int32 {
	for s, due := run.Next(); due; s, due = run.Next() {
		c := card.Command{Op: card.Transmit, Data: card.Secret(s.Data)}
		switch s.Op {
		case script.Read:
			c = card.Command{Op: card.Read, Area: card.Area(s.Area), Address: s.Address, Length: s.Length}
		case script.Write:
			c = card.Command{Op: card.Write, Area: card.Area(s.Area), Address: s.Address, Data: card.Secret(s.Data)}
		case script.Verify:
			c = card.Command{Op: card.Verify, Data: card.Secret(s.Data)}
		}
		e := do(c)
		if code := codeOf(e, refused); code != codeDone {
			return code
		}
		run.Heard(script.Answer{Outcome: script.Done, Data: script.Bytes(e.Data)})
	}
	if _, failed := run.Fault(); failed {
		return refused
	}

	return codeDone
}

// files are those of a processor card, in hexadecimal digits, without their frames.
func (l *Library) files(do Do, serial string) (int32, []string) {
	saved, code := l.plan(do, metercard.CPU)
	if code != codeDone {
		return code, nil
	}
	text := func(b []byte) string { return strings.ToUpper(hex.EncodeToString(b)) }
	if text(saved[userfile.SavedSerial]) != serial {
		return codeOtherCard, nil
	}

	const head, tail = 4, 2
	bare := func(b []byte) string { return text(b[head : len(b)-tail]) }

	return codeDone, []string{bare(saved[userfile.SavedParam]), text(saved[userfile.SavedPurse]), bare(saved[userfile.SavedReturn])}
}

// prepare writes all but the purse onto the card with that serial.
func (l *Library) prepare(do Do, serial, purse string) int32 {
	l.stay = nil
	b, err := hex.DecodeString(purse)
	if err != nil {
		return codeArguments
	}
	p, err := userfile.DecodePurse(b)
	if err != nil {
		return codeArguments
	}
	f, code := l.read(do)
	switch {
	case code != codeDone:
		return code
	case f.Serial != serial:
		return codeOtherCard
	}
	if code := power(do, f.Form); code != codeDone {
		return code
	}

	if l.issuer == nil {
		l.issuer = meterissuersim.NewIssuer(meterissuersim.TestKeys())
	}
	s := &stay{
		order: cardsystem.StepsOrder{Serial: serial, Card: f}, sold: metercard.Sold{Card: serial, Count: p.Count, Amount: p.Amount},
		run: script.NewRun(script.Purchase(f.Form)),
	}
	for len(s.purse) == 0 {
		if code := l.round(do, s); code != codeDone {
			return code
		}
	}
	l.stay = s

	return codeDone
}

// round carries a round out, or keeps it, if it writes the purse.
func (l *Library) round(do Do, s *stay) int32 {
	if l.KeysAway {
		return codeKeysAway
	}
	r := l.issuer.Steps(s.order, s.sold)
	if r.Outcome != mis.Done {
		return codeRefused
	}
	for _, step := range r.Steps {
		if step.Purse {
			s.purse = r.Steps

			return codeDone
		}
	}
	if s.run.Take(r.Steps, false) != nil {
		return codeArguments
	}
	if code := carry(do, s.run, codeNotDone); code != codeDone {
		return code
	}
	s.order.Round++
	s.order.Saved = s.run.Saved()

	return codeDone
}

// finish writes the purse onto the card that was prepared.
func (l *Library) finish(do Do, serial, purse string) int32 {
	s := l.stay
	l.stay = nil
	if s == nil || s.sold.Card != serial || len(purse) != 2*userfile.PurseSize {
		return codeArguments
	}
	if s.run.Take(s.purse, true) != nil {
		return codeArguments
	}

	return carry(do, s.run, codeNotDone)
}
