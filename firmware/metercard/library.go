package metercard

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"

	"wattkiosk/hal/card"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/metercard/library"
	"wattkiosk/payments/metercard/script"
	"wattkiosk/uplink/wire"
)

// byLibrary is the work of the library of the reader's maker: a reading and a write are
// one piece of its work each, the write under an order that head office has signed.
type byLibrary struct {
	at     *Desk
	asked  bool   // a piece of work is under way; else the card's power is taken
	told   string // what the library was told to write
	digest string
}

// forms is one that is not known: the library finds it out.
func (w *byLibrary) forms() []metercard.Form { return []metercard.Form{""} }

func (w *byLibrary) begin(p *plan, _ metercard.Form) {
	w.asked = false
	w.at.slot.order(p, card.Command{Op: card.PowerOff})
}

func (w *byLibrary) worked(p *plan, e card.Event) {
	s := &w.at.slot
	switch {
	case !w.asked && s.stay.stage == Writing:
		w.at.writer.ask(p, nil)
	case !w.asked:
		w.order(p, library.Read, nil)
	case s.stay.stage == Writing:
		w.digest = digestOf(w.told, e.Kind)
		w.at.writer.fail(p, whyNot(e))
	case e.Kind != card.Done:
		s.notRead(p, whyOf(e.Err))
	default:
		s.readOver(p, copyOf(e.Fields))
	}
}

func (w *byLibrary) order(p *plan, name string, fields card.Fields) {
	w.asked = true
	w.at.slot.order(p, card.Command{Op: card.Work, Name: name, Fields: fields})
}

// whyNot is why a piece of work came to nothing; empty where it did not.
func whyNot(e card.Event) string {
	if e.Kind == card.Done {
		return ""
	}

	return whyOf(e.Err)
}

// copyOf is what a library told; its own is overwritten.
func copyOf(fields card.Fields) map[string]script.Bytes {
	said := map[string]script.Bytes{}
	for name, b := range fields {
		said[name] = script.Bytes(bytes.Clone(b))
	}

	return said
}

func (w *byLibrary) given(p *plan, said wire.CardSteps) error {
	o, err := wire.OpenOrder(w.at.cfg.Key, said.Order)
	if err != nil {
		return err
	}
	if err := o.For(w.at.writer.bound(p), w.at.slot.stay.facts, w.at.writer.job.sold); err != nil {
		return err
	}

	fields := card.Fields{}
	w.told = ""
	for _, name := range slices.Sorted(maps.Keys(o.Fields())) {
		fields[name] = card.Secret(o.Fields()[name])
		w.told += fmt.Sprintf("%s=%s\n", name, o.Fields()[name])
	}
	w.digest = digestOf(w.told, card.Unknown) // until something is heard
	w.order(p, library.Write, fields)

	return nil
}

// digestOf is SHA-256 of what a library was told, a line for each field in the order of
// their names, and of what came of it.
func digestOf(told string, came card.Kind) string {
	sum := sha256.Sum256([]byte(told + came.String()))

	return hex.EncodeToString(sum[:])
}

func (w *byLibrary) facts(said map[string]script.Bytes) (metercard.Facts, error) {
	return library.Facts(said)
}

func (w *byLibrary) end() (digest string) {
	digest = w.digest
	w.digest, w.told = "", ""

	return digest
}
