package bank

import (
	"errors"
	"fmt"

	"wattkiosk/payments/money"
	"wattkiosk/payments/posp"
	"wattkiosk/payments/posp/iso8583"
)

// ErrFrame is a frame that cannot be read, or that no terminal of ours would send.
var ErrFrame = errors.New("the frame is none of a terminal's")

// Heading is what head office reads of a frame. No field of it is secret.
type Heading struct {
	TPDU       iso8583.TPDU
	Type       iso8583.MTI
	Processing string // field 3
	Terminal   string
	Merchant   string
	Trace      uint32
	Batch      uint32
	Network    uint32 // field 60.3
	Amount     money.Amount
	Masked     string // card number: first six and last four digits
	Code       posp.Code
	Reference  string
	AuthCode   string
	BookedTo   string          // of a sale: the account that the bank itself books it to (公共支付); empty for none
	Settles    string          // MMDD
	Totals     posp.Totals     // of a settlement, and of its answer
	Compared   posp.Comparison // of an answered settlement; 0 for none

	// Of what names an original in field 61: its batch and trace.
	OfBatch, OfTrace uint32
}

// Digits of field 60: type 2, batch 6, network management code 3.
const (
	kindEnd    = 2
	batchEnd   = kindEnd + 6
	networkEnd = batchEnd + 3
)

// Digits of field 61 that name the original of a reversal.
const (
	batchDigits = 6
	traceDigits = 6
)

// totalsDigits is one half of field 48 of a settlement; the last digit is the reply.
const totalsDigits = 31

// Read reads a frame of either direction, without its two bytes of length. It checks no
// MAC. A frame that cannot be read, or without terminal and trace, is ErrFrame; its error
// holds nothing of it.
func Read(frame []byte) (Heading, error) {
	if len(frame) > iso8583.MaxFrame {
		return Heading{}, fmt.Errorf("%w: %d bytes", ErrFrame, len(frame))
	}
	whole := append([]byte{byte(len(frame) >> 8), byte(len(frame))}, frame...)
	defer clear(whole)
	var m iso8583.Message
	defer m.Wipe()
	if err := m.Decode(whole); err != nil {
		return Heading{}, fmt.Errorf("%w: %w", ErrFrame, err)
	}

	h := Heading{
		TPDU: m.TPDU, Type: m.MTI, Processing: m.Text(iso8583.ProcessingCode), Terminal: m.Text(iso8583.Terminal), Merchant: m.Text(iso8583.Merchant),
		Code: posp.Code(m.Text(iso8583.Response)), Reference: m.Text(iso8583.Reference), AuthCode: m.Text(iso8583.AuthCode), Settles: m.Text(iso8583.SettlementDate),
		BookedTo: posp.BookedTo(&m),
	}
	trace, ok := m.Number(iso8583.Trace)
	if !ok || !plain(h.Terminal) || !plain(h.Merchant) {
		return Heading{}, fmt.Errorf("%w: no terminal, merchant or trace", ErrFrame)
	}
	h.Trace = uint32(trace)
	if n, ok := m.Number(iso8583.Amount); ok {
		h.Amount = money.Amount(n)
	}
	if n, ok := m.Part(iso8583.Kind, kindEnd, batchEnd); ok {
		h.Batch = uint32(n)
	}
	if n, ok := m.Part(iso8583.Kind, batchEnd, networkEnd); ok {
		h.Network = uint32(n)
	}
	if m.MTI == 0x0400 && !namesItself(&m, h) {
		return Heading{}, fmt.Errorf("%w: a reversal of another operation than it says", ErrFrame)
	}
	if batch, ok := m.Part(iso8583.Original, 0, batchDigits); ok {
		h.OfBatch = uint32(batch)
	}
	if trace, ok := m.Part(iso8583.Original, batchDigits, batchDigits+traceDigits); ok {
		h.OfTrace = uint32(trace)
	}
	if m.Has(iso8583.PAN) {
		h.Masked = posp.Mask(m.Text(iso8583.PAN))
	}
	h.Totals, h.Compared = totals(&m), compared(&m)

	return h, nil
}

// namesItself reports whether a reversal has the batch and trace of its original in field
// 61 as in fields 60 and 11: which of them a bank goes by nobody here knows.
func namesItself(m *iso8583.Message, h Heading) bool {
	batch, ok := m.Part(iso8583.Original, 0, batchDigits)
	trace, also := m.Part(iso8583.Original, batchDigits, batchDigits+traceDigits)

	return ok && also && batch == uint64(h.Batch) && trace == uint64(h.Trace)
}

// totals are those of a settlement, or of the answer to one: of both halves of field 48, the
// cards of the country and all others. Of a field of another form they are zero.
func totals(m *iso8583.Message) (t posp.Totals) {
	if m.MTI != 0x0500 && m.MTI != 0x0510 || m.Len(iso8583.Totals) != 2*totalsDigits {
		return t
	}
	const sum, count = 12, 3 // digits
	for _, half := range []int{0, totalsDigits} {
		var n [4]uint64
		from := half
		for i, digits := range []int{sum, count, sum, count} {
			v, ok := m.Part(iso8583.Totals, from, from+digits)
			if !ok {
				return posp.Totals{}
			}
			n[i] = v
			from += digits
		}
		t.Debit += money.Amount(n[0])
		t.Debits += int(n[1])
		t.Credit += money.Amount(n[2])
		t.Credits += int(n[3])
	}

	return t
}

// compared is what the bank says of both halves of the totals of a settlement.
func compared(m *iso8583.Message) posp.Comparison {
	if m.MTI != 0x0510 || m.Len(iso8583.Totals) != 2*totalsDigits {
		return 0
	}
	first, ok := m.Part(iso8583.Totals, totalsDigits-1, totalsDigits)
	second, also := m.Part(iso8583.Totals, 2*totalsDigits-1, 2*totalsDigits)
	if !ok || !also || first == 0 { // a second half without totals may have no reply
		return 0
	}

	return posp.Comparison(max(first, second))
}

// plain reports whether s is letters and digits, as numbers of terminals and merchants
// are.
func plain(s string) bool {
	for _, c := range s {
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return false
		}
	}

	return s != ""
}

// Digits of field 3.
const (
	ofSale    = "000000"
	ofBalance = "310000"
	ofVoid    = "200000"
)

// Network management codes of frames of one type, field 60.3.
const (
	netSignOut = 2

	netCertificate      = 203
	netCertificateEqual = 205 // of a batch with equal totals
	netUploadEnd        = 207
	netScripts          = 951
)

// Op is the operation that a request is; empty for one that no terminal of ours has.
func (h Heading) Op() posp.Op {
	switch h.Type {
	case 0x0800:
		return posp.SignIn
	case 0x0820:
		if h.Network == netSignOut {
			return posp.SignOut
		}

		return posp.Echo
	case 0x0200:
		return map[string]posp.Op{ofSale: posp.Sale, ofBalance: posp.Balance, ofVoid: posp.Void}[h.Processing]
	case 0x0220:
		return posp.Refund
	case 0x0400:
		if h.Processing == ofSale || h.Processing == ofVoid {
			return posp.Reversal
		}
	case 0x0500:
		return posp.Settle
	case 0x0320:
		switch h.Network {
		case netUploadEnd:
			return posp.UploadEnd
		case netCertificate, netCertificateEqual:
			return posp.Certificate
		}

		return posp.Upload
	case 0x0620:
		if h.Processing == ofSale && h.Network == netScripts {
			return posp.Scripts
		}
	}

	return ""
}
