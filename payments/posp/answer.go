package posp

import (
	"errors"
	"fmt"
	"strconv"

	"wattkiosk/payments/money"
	"wattkiosk/payments/posp/iso8583"
	"wattkiosk/payments/posp/mac"
)

// Answer is what the POSP answered. What JSON shows of it holds no secret.
type Answer struct {
	Op         Op           `json:"op"`
	Trace      uint32       `json:"trace"`
	Batch      uint32       `json:"batch,omitempty"` // 0 where it said none; at sign-in the batch to use
	Code       Code         `json:"code"`
	Amount     money.Amount `json:"amount,omitempty"`
	Reference  string       `json:"reference,omitempty"`
	AuthCode   string       `json:"auth_code,omitempty"`
	Time       string       `json:"time,omitempty"`    // hhmmss
	Date       string       `json:"date,omitempty"`    // MMDD
	Settles    string       `json:"settles,omitempty"` // MMDD
	Acquirer   string       `json:"acquirer,omitempty"`
	Issuer     string       `json:"issuer,omitempty"` // as field 44 has it
	Totals     Totals       `json:"totals,omitzero"`  // settle: the POSP's
	Comparison Comparison   `json:"comparison,omitempty"`

	Balance money.Amount `json:"-"` // balance: what the account has
	Chip    []byte       `json:"-"` // field 55: issuer's authentication data and scripts
	Text    []byte       `json:"-"` // field 63 after its first three characters, GBK
	Keys    WorkingKeys  `json:"-"` // sign-in
}

// Errors of Accept. After any of them the outcome of what was asked is unknown.
var (
	ErrUndecodable = errors.New("the answer cannot be read")
	ErrOther       = errors.New("the answer is to something else")
	ErrMAC         = errors.New("the answer has no MAC, or a wrong one")
)

// Accept reads the answer to a request. It believes one whose type, trace, terminal and
// merchant are those of the request, and so the processing code, batch and amount
// where it has them, and whose MAC is right where the operation is sealed. What a bank
// says to have done with a card's money must have the amount, else it is ErrOther. On
// ErrMAC the answer has the code, which is a hint and no more.
func (t Terminal) Accept(r Request, frame []byte, key mac.Maker) (Answer, error) {
	var m iso8583.Message
	defer m.Wipe()
	if err := m.Decode(frame); err != nil {
		return Answer{}, fmt.Errorf("%w: %w", ErrUndecodable, err)
	}
	if err := t.answers(&m, r); err != nil {
		return Answer{}, err
	}
	if !m.Has(iso8583.Response) {
		return Answer{}, fmt.Errorf("%w: no response code", ErrUndecodable)
	}
	if t.Sealed(r.Op) {
		if err := verify(frame, key); err != nil {
			return Answer{Op: r.Op, Trace: r.Trace, Code: Code(m.Text(iso8583.Response))}, err
		}
	}

	a, err := read(&m, r)
	if err != nil {
		return Answer{}, fmt.Errorf("%w: %w", ErrUndecodable, err)
	}
	if about(r).card && r.Op.MovesMoney() && a.Amount == 0 && Judge(r.Op, a.Code).Outcome == Done {
		return Answer{}, fmt.Errorf("%w: no amount", ErrOther)
	}
	return a, nil
}

// answers reports what makes the message not the answer to r.
func (t Terminal) answers(m *iso8583.Message, r Request) error {
	other := func(what string) error { return fmt.Errorf("%w: another %s", ErrOther, what) }
	x := about(r)
	if m.MTI != x.mti.Answer() {
		return other("type")
	}
	if n, ok := m.Number(iso8583.Trace); !ok || n != uint64(r.Trace) {
		return other("trace")
	}
	if !m.Is(iso8583.Terminal, t.ID) || !m.Is(iso8583.Merchant, t.Merchant) {
		return other("terminal")
	}
	if m.Has(iso8583.ProcessingCode) && !m.Is(iso8583.ProcessingCode, x.processing) {
		return other("processing code")
	}
	if n, ok := m.Number(iso8583.Amount); ok && n != uint64(r.Amount) {
		return other("amount")
	}
	if !m.Has(iso8583.Kind) {
		return nil
	}
	if kind, ok := m.Part(iso8583.Kind, 0, kindDigits); !ok || kind != x.kind {
		return other("kind")
	}
	if batch, ok := m.Part(iso8583.Kind, kindDigits, batchEnd); ok && batch != uint64(r.Batch) && r.Op != SignIn {
		return other("batch")
	}
	return nil
}

// verify checks the MAC of a frame.
func verify(frame []byte, key mac.Maker) error {
	data, ok := iso8583.MACInput(frame)
	if !ok || key == nil {
		return ErrMAC
	}
	code, err := key.MAC(data)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrMAC, err)
	}
	if !code.Equal(frame[len(frame)-mac.Size:]) {
		return ErrMAC
	}
	return nil
}

// read takes the fields of a message that answers r.
func read(m *iso8583.Message, r Request) (Answer, error) {
	a := Answer{
		Op: r.Op, Trace: r.Trace, Code: Code(m.Text(iso8583.Response)), Reference: m.Text(iso8583.Reference), AuthCode: m.Text(iso8583.AuthCode),
		Time: m.Text(iso8583.LocalTime), Date: m.Text(iso8583.LocalDate), Settles: m.Text(iso8583.SettlementDate),
		Acquirer: m.Text(iso8583.Acquirer), Issuer: m.Text(iso8583.ExtraResponse), Chip: append([]byte(nil), m.Bytes(iso8583.Chip)...),
	}
	if n, ok := m.Number(iso8583.Amount); ok {
		a.Amount = money.Amount(n)
	}
	if n, ok := m.Part(iso8583.Kind, kindDigits, batchEnd); ok {
		a.Batch = uint32(n)
	}
	if b := m.Bytes(iso8583.Operator); len(b) > operatorChars {
		a.Text = append([]byte(nil), b[operatorChars:]...)
	}
	if a.Code != OK {
		return a, nil
	}

	var err error
	switch r.Op {
	case SignIn:
		a.Keys, err = ParseKeys(m.Bytes(iso8583.Keys))
	case Settle:
		a.Totals, a.Comparison, err = readTotals(m.Text(iso8583.Totals))
	case Balance:
		a.Balance, err = readBalance(m.Text(iso8583.Balance))
	}
	return a, err
}

var errBalance = errors.New("field 54 is no balance of 20 characters")

// readBalance reads field 54: account 2, kind 2, currency 3, C or D, amount 12.
func readBalance(s string) (money.Amount, error) {
	if len(s) != 20 || s[4:7] != currency {
		return 0, errBalance
	}
	n, err := strconv.ParseUint(s[8:], 10, 64)
	if err != nil {
		return 0, errBalance
	}
	switch s[7] {
	case 'C':
		return money.Amount(n), nil
	case 'D':
		return -money.Amount(n), nil
	}
	return 0, errBalance
}
