package metercard

import (
	"wattkiosk/firmware/tender"
	"wattkiosk/payments/metercard"
)

// Last is how the last write in front of this machine ended.
type Last struct {
	Txn     string `json:"txn"`
	Outcome string `json:"outcome"` // written or left
	Why     string `json:"why,omitempty"`
	Writes  int    `json:"writes"` // of the transaction
	At      int64  `json:"at"`     // Unix ms
}

// Report is how the desk stands, for technicians.
type Report struct {
	Here    bool           `json:"here"`   // there is a reader
	Reader  string         `json:"reader"` // its state
	Card    string         `json:"card"`   // where one is
	BinFull bool           `json:"bin_full"`
	Keyed   bool           `json:"keyed"` // the key of head office is there
	Stage   Step           `json:"stage,omitempty"`
	Form    metercard.Form `json:"form,omitempty"` // of the card inside
	Writing string         `json:"writing,omitempty"`
	Last    Last           `json:"last,omitzero"`
}

var (
	_ tender.Asker    = (*Desk)(nil)
	_ tender.Reporter = (*Desk)(nil)
)

// Report implements tender.Reporter: it is a Report.
func (d *Desk) Report() any {
	r := Report{
		Here: d.cfg.Reader, Reader: d.slot.reader.State.String(), Card: d.slot.reader.Media.String(), BinFull: d.slot.binFull(), Keyed: d.able(),
		Stage: d.slot.stay.stage, Writing: d.writer.job.txn, Last: d.writer.last,
	}
	if d.slot.stay.known {
		r.Form = d.slot.stay.facts.Form
	}

	return r
}

// note keeps how a write ended, for the report.
func (w *writer) note(p *plan, outcome, why string) {
	w.last = Last{Txn: w.job.txn, Outcome: outcome, Why: why, Writes: p.leg.Writes, At: p.now.UnixMilli()}
}
