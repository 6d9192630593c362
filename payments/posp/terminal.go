package posp

import (
	"errors"
	"fmt"

	"wattkiosk/payments/posp/iso8583"
	"wattkiosk/payments/posp/mac"
)

// Scheme is which working keys a terminal signs in for: field 60.3 of a sign-in.
type Scheme uint16

// The schemes.
const (
	SingleLength    Scheme = 1
	DoubleLength    Scheme = 3
	DoubleWithTrack Scheme = 4
)

// Terminal is how the POSP knows a terminal.
type Terminal struct {
	ID       string         `json:"id"`       // 8 characters
	Merchant string         `json:"merchant"` // 15
	Operator string         `json:"operator"` // 3
	Machine  string         `json:"machine"`  // its serial number, said at sign-in; may be empty
	Scheme   Scheme         `json:"scheme"`
	TPDU     iso8583.TPDU   `json:"tpdu"`
	Header   iso8583.Header `json:"header"`

	// PlainClose has settlement and upload go without a MAC, where the bank wants that.
	PlainClose bool `json:"plain_close,omitempty"`

	// VoidsByNumber: the bank voids a sale of the open batch by its numbers, without the card.
	VoidsByNumber bool `json:"voids_by_number,omitempty"`

	// NoCertificates has the TC of chip sales not uploaded, where the bank takes none.
	NoCertificates bool `json:"no_certificates,omitempty"`
}

// Check finds what no frame could be made with.
func (t Terminal) Check() error {
	switch {
	case len(t.ID) != 8 || len(t.Merchant) != 15 || len(t.Operator) != 3 || len(t.Machine) > maxMachine:
		return errors.New("terminal, merchant and operator have 8, 15 and 3 characters, the machine at most 40")
	case t.Scheme != SingleLength && t.Scheme != DoubleLength && t.Scheme != DoubleWithTrack:
		return fmt.Errorf("scheme %d is not 1, 3 or 4", t.Scheme)
	}

	_, err := t.Append(nil, Request{Op: Echo, Trace: 1, Batch: 1}, nil)
	return err
}

const maxMachine = 40

// Sealed reports whether messages of the operation have a MAC.
func (t Terminal) Sealed(o Op) bool {
	x := table[o]
	return x.money || x.card || x.chip && !x.close || x.close && !t.PlainClose
}

// Seal fills in the MAC of a frame that Append made; a frame without field 64 stays as
// it is.
func Seal(frame []byte, key mac.Maker) error {
	data, ok := iso8583.MACInput(frame)
	if !ok {
		return nil
	}
	code, err := key.MAC(data)
	if err != nil {
		return fmt.Errorf("cannot make a MAC: %w", err)
	}
	iso8583.PutMAC(frame, code)
	return nil
}
