package library

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"wattkiosk/payments/metercard"
	"wattkiosk/payments/metercard/script"
	"wattkiosk/payments/metercard/userfile"
	"wattkiosk/payments/money"
)

// The pieces of work of a library.
const (
	Read  = "read"
	Write = "write"
)

// Names of fields.
const (
	Serial   = "serial"
	Form     = "form"
	Kind     = "kind"
	Meter    = "meter"
	Customer = "customer"
	Count    = "count"
	Amount   = "amount"
	Loaded   = "loaded"
	Left     = "left"
	Param    = "param"
	Purse    = "purse"
	Returned = "returned"
	Number   = "number"
	Energy   = "energy"
	Division = "division"
)

// ErrFields is wrapped by what a library tells that no card can say.
var ErrFields = errors.New("library tells of no meter card")

// ErrLibrary is wrapped by what a library lacks that is to work meter cards.
var ErrLibrary = errors.New("library does not work meter cards")

// told are the fields that a write is told.
var told = []string{Serial, Meter, Customer, Number, Count, Amount, Energy, Purse, Division}

// CheckRead reports a piece of work that does not read a card: it needs those fields, and
// tells these.
func CheckRead(needs, tells []string) error {
	has := func(names ...string) bool {
		return !slices.ContainsFunc(names, func(n string) bool { return !slices.Contains(tells, n) })
	}
	switch {
	case len(needs) > 0:
		return fmt.Errorf("%w: %s needs %s", ErrLibrary, Read, needs[0])
	case !has(Serial):
		return fmt.Errorf("%w: %s does not tell %s", ErrLibrary, Read, Serial)
	case !has(Param, Purse) && !has(Form, Count, Amount):
		return fmt.Errorf("%w: %s tells neither %s and %s nor %s, %s and %s", ErrLibrary, Read, Param, Purse, Form, Count, Amount)
	}

	return nil
}

// CheckWrite reports a piece of work that does not write a sale: it needs those
// fields, and last is what its last call takes, which is what makes the purchase count.
func CheckWrite(needs, last []string) error {
	for _, n := range needs {
		if !slices.Contains(told, n) {
			return fmt.Errorf("%w: %s needs %.24q, which nobody knows", ErrLibrary, Write, n)
		}
	}
	switch {
	case !slices.Contains(needs, Serial):
		return fmt.Errorf("%w: %s does not say which card", ErrLibrary, Write)
	case !slices.Contains(last, Purse) && (!slices.Contains(last, Count) || !slices.Contains(last, Amount)):
		return fmt.Errorf("%w: the last call of %s takes neither %s nor %s and %s", ErrLibrary, Write, Purse, Count, Amount)
	}

	return nil
}

// Facts is what a card says of itself, by what the library tells of it. An error wraps
// ErrFields, userfile.ErrFile or metercard.ErrFacts.
func Facts(said map[string]script.Bytes) (f metercard.Facts, err error) {
	if len(said[Param]) > 0 {
		return fromFiles(said)
	}

	n := numbers{said: said}
	f = metercard.Facts{
		Serial: strings.ToUpper(string(said[Serial])), Form: metercard.Form(said[Form]), Meter: string(said[Meter]), Customer: string(said[Customer]),
		Kind: kindOf(said), Count: n.count(Count), Purse: n.amount(Amount), Loaded: n.count(Loaded), Left: n.amount(Left),
	}
	if n.err != nil {
		return metercard.Facts{}, n.err
	}
	if err := f.Check(); err != nil {
		return metercard.Facts{}, err
	}

	return f, nil
}

// kinds are what a library may call the kinds of cards.
var kinds = map[string]metercard.Kind{
	"1": metercard.OpenAccount, "2": metercard.Purchase, "3": metercard.Replacement,
	string(metercard.OpenAccount): metercard.OpenAccount, string(metercard.Purchase): metercard.Purchase, string(metercard.Replacement): metercard.Replacement,
	string(metercard.Blank): metercard.Blank,
}

func kindOf(said map[string]script.Bytes) metercard.Kind {
	name := string(said[Kind])
	if k, known := kinds[name]; known {
		return k
	}
	if name == "" && len(said[Meter]) > 0 {
		return metercard.Purchase
	}

	return metercard.Other
}

// numbers reads fields that are numbers, and keeps the first that is not one. An empty one
// is 0.
type numbers struct {
	said map[string]script.Bytes
	err  error
}

func (n *numbers) read(name string, bits int) int64 {
	text := string(n.said[name])
	if text == "" {
		return 0
	}
	v, err := strconv.ParseInt(text, 10, bits)
	if err != nil && n.err == nil {
		n.err = fmt.Errorf("%w: %s is no number", ErrFields, name)
	}

	return v
}

func (n *numbers) count(name string) uint32 {
	v := n.read(name, 32)
	if v < 0 && n.err == nil {
		n.err = fmt.Errorf("%w: %s is below 0", ErrFields, name)
	}

	return uint32(v)
}

func (n *numbers) amount(name string) money.Amount { return money.Amount(n.read(name, 64)) }

// fromFiles reads the files of a processor card, which come without their frames.
func fromFiles(said map[string]script.Bytes) (metercard.Facts, error) {
	files := map[string]script.Bytes{}
	for name, size := range map[string]int{Serial: userfile.SerialSize, Param: len(userfile.Param{}), Purse: userfile.PurseSize, Returned: len(userfile.Return{})} {
		b, err := hex.DecodeString(string(said[name]))
		if name == Returned && len(b) == 0 {
			b = make([]byte, size)
		}
		if err != nil || len(b) != size {
			return metercard.Facts{}, fmt.Errorf("%w: %s of %d characters", ErrFields, name, len(said[name]))
		}
		files[name] = b
	}
	defer func() {
		for _, b := range files {
			clear(b)
		}
	}()

	param, returned := userfile.Param(files[Param]).File(), userfile.Return(files[Returned]).File()
	if userfile.Blank(files[Param]) {
		param = make([]byte, userfile.ParamSize)
	}

	return userfile.Facts(metercard.CPU, map[string]script.Bytes{
		userfile.SavedSerial: files[Serial], userfile.SavedParam: param, userfile.SavedPurse: files[Purse], userfile.SavedReturn: returned,
	})
}
