package userfile

import (
	"encoding/binary"

	"wattkiosk/payments/metercard"
	"wattkiosk/payments/money"
)

// Param is the data of DF01/EF01. What has no method here stays as it was read.
type Param [paramData]byte

// Offsets in Param.
const (
	paramMeter    = 26
	paramCustomer = 32
	paramType     = 38
)

// DecodeParam reads the parameter file.
func DecodeParam(file []byte) (Param, error) {
	data, err := disclose(file, paramData)
	if err != nil {
		return Param{}, err
	}

	return Param(data), nil
}

// File is the file of ParamSize bytes.
func (p Param) File() []byte { return enclose(p[:]) }

// Meter is the 12 digits of the meter's number.
func (p Param) Meter() (string, error) { return digits(p[paramMeter : paramMeter+numberSize]) }

// Customer is the 12 digits of the customer's number.
func (p Param) Customer() (string, error) { return digits(p[paramCustomer : paramCustomer+numberSize]) }

// Kind is what the card is for; Other where its type is not known.
func (p Param) Kind() metercard.Kind { return kindOf(p[paramType]) }

// WithNumbers is p for a meter and a customer of up to 12 digits each.
func (p Param) WithNumbers(meter, customer string) (Param, error) {
	m, err := number(meter)
	if err != nil {
		return p, err
	}
	c, err := number(customer)
	if err != nil {
		return p, err
	}
	copy(p[paramMeter:], m[:])
	copy(p[paramCustomer:], c[:])

	return p, nil
}

// WithKind is p for a card of this kind; one that has no type stays as it is.
func (p Param) WithKind(k metercard.Kind) Param {
	if t := typeOf(k); t != 0 {
		p[paramType] = t
	}

	return p
}

var types = [...]metercard.Kind{1: metercard.OpenAccount, 2: metercard.Purchase, 3: metercard.Replacement}

// kindOf is the kind of a type of card.
func kindOf(t byte) metercard.Kind {
	if t == 0 || int(t) >= len(types) {
		return metercard.Other
	}

	return types[t]
}

// typeOf is the type of a kind; 0 for one that has none.
func typeOf(k metercard.Kind) byte {
	for t, known := range types {
		if t > 0 && known == k {
			return byte(t)
		}
	}

	return 0
}

// Return is the data of DF01/EF05: what the meter wrote back. What has no method here
// stays as it was read.
type Return [returnData]byte

// Offsets in Return.
const (
	returnMeter     = 7
	returnCustomer  = 13
	returnLeft      = 19
	returnCount     = 23
	returnOverdraft = 27
	returnIllegal   = 35
	returnTime      = 38
	returnTimeSize  = 5
)

// DecodeReturn reads the return file.
func DecodeReturn(file []byte) (Return, error) {
	data, err := disclose(file, returnData)
	if err != nil {
		return Return{}, err
	}

	return Return(data), nil
}

// File is the file of ReturnSize bytes.
func (r Return) File() []byte { return enclose(r[:]) }

// Count is the last purchase that the meter loaded.
func (r Return) Count() uint32 { return binary.BigEndian.Uint32(r[returnCount:]) }

// Left is the money in the meter, less what it lent.
func (r Return) Left() money.Amount {
	return money.Amount(binary.BigEndian.Uint32(r[returnLeft:])) - money.Amount(binary.BigEndian.Uint32(r[returnOverdraft:]))
}

// Illegal counts the insertions that the meter refused.
func (r Return) Illegal() uint32 {
	return uint32(r[returnIllegal])<<16 | uint32(binary.BigEndian.Uint16(r[returnIllegal+1:]))
}

// Returned is what a meter writes back.
type Returned struct {
	Meter    string // up to 12 digits
	Customer string // the same
	Count    uint32
	Left     money.Amount // below 0 it is lent
	Illegal  uint32
	Time     [returnTimeSize]byte // YYMMDDhhmm in BCD
}

// Return makes the data of the return file of it. Numbers that are not, and amounts that
// four bytes do not hold, are ErrFile.
func (d Returned) Return() (Return, error) {
	meter, err := number(d.Meter)
	if err != nil {
		return Return{}, err
	}
	customer, err := number(d.Customer)
	if err != nil {
		return Return{}, err
	}
	left, err := Purse{Amount: max(d.Left, 0), Count: d.Count}.Bytes()
	if err != nil {
		return Return{}, err
	}
	lent, err := Purse{Amount: max(-d.Left, 0)}.Bytes()
	if err != nil {
		return Return{}, err
	}

	var r Return
	copy(r[returnMeter:], meter[:])
	copy(r[returnCustomer:], customer[:])
	copy(r[returnLeft:], left)
	copy(r[returnOverdraft:], lent[:4])
	r[returnIllegal] = byte(d.Illegal >> 16)
	binary.BigEndian.PutUint16(r[returnIllegal+1:], uint16(d.Illegal))
	copy(r[returnTime:], d.Time[:])

	return r, nil
}
