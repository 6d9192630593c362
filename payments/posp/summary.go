package posp

import (
	"wattkiosk/payments/money"
	"wattkiosk/payments/posp/iso8583"
)

// Summary is all that may be stored of a frame that is relayed.
type Summary struct {
	Type      iso8583.MTI  `json:"type"`
	Terminal  string       `json:"terminal,omitempty"`
	Merchant  string       `json:"merchant,omitempty"`
	Trace     uint32       `json:"trace,omitempty"`
	Batch     uint32       `json:"batch,omitempty"`
	Amount    money.Amount `json:"amount,omitempty"`
	Masked    string       `json:"masked,omitempty"` // card number
	Code      Code         `json:"code,omitempty"`
	Reference string       `json:"reference,omitempty"`
}

// Summarise reads a frame of either direction. It checks no MAC, so nothing follows
// from a summary.
func Summarise(frame []byte) (Summary, error) {
	var m iso8583.Message
	defer m.Wipe()
	if err := m.Decode(frame); err != nil {
		return Summary{}, err
	}

	s := Summary{
		Type: m.MTI, Terminal: m.Text(iso8583.Terminal), Merchant: m.Text(iso8583.Merchant),
		Code: Code(m.Text(iso8583.Response)), Reference: m.Text(iso8583.Reference),
	}
	if n, ok := m.Number(iso8583.Trace); ok {
		s.Trace = uint32(n)
	}
	if n, ok := m.Number(iso8583.Amount); ok {
		s.Amount = money.Amount(n)
	}
	if n, ok := m.Part(iso8583.Kind, kindDigits, batchEnd); ok {
		s.Batch = uint32(n)
	}
	if m.Has(iso8583.PAN) {
		s.Masked = Mask(m.Text(iso8583.PAN))
	}
	return s, nil
}
