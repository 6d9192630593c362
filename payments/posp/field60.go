package posp

import (
	"fmt"

	"wattkiosk/payments/posp/iso8583"
)

// Field 60: type 2, batch 6, network management code 3, and for operations with a card
// the terminal's capability 1 (5: stripe and chip) and the chip condition 1 (0: not
// used, or the chip was read; 2: a chip was there and failed).
const (
	kindDigits = 2
	batchEnd   = kindDigits + 6
	networkEnd = batchEnd + 3
	capability = "50"
	chipFailed = "52"
	noDate     = "0000"

	certificateBalanced = 205 // field 60.3 of a certificate of a batch with equal totals
	operatorChars       = 3
)

func (t Terminal) kindOf(r Request) string {
	x := about(r)
	network := x.network
	switch {
	case r.Op == SignIn:
		network = uint64(t.Scheme)
	case r.Op == Certificate && r.Balanced:
		network = certificateBalanced
	}

	s := fmt.Sprintf("%02d%06d%03d", x.kind, r.Batch, network)
	switch {
	case x.processing == "":
	case r.Fallback:
		s += chipFailed
	default:
		s += capability
	}
	return s
}

// put sets field 61, and what else names an original that the POSP answered.
func (o Original) put(m *iso8583.Message, op Op) {
	date := o.Date
	if date == "" {
		date = noDate
	}
	m.SetText(iso8583.Original, fmt.Sprintf("%06d%06d%s", o.Batch, o.Trace, date))
	if op == Reversal {
		return
	}
	if o.Reference != "" {
		m.SetText(iso8583.Reference, o.Reference)
	}
	if o.AuthCode != "" {
		m.SetText(iso8583.AuthCode, o.AuthCode)
	}
}
