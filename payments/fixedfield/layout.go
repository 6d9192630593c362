package fixedfield

import (
	"fmt"

	"wattkiosk/payments/money"
)

// Bounds of a field, in bytes.
const (
	maxWidth  = 1024
	maxAmount = 12 // digits
	maxCount  = 4
	maxNumber = 18
)

// Layout is the body of one message: its transaction code, its fields, and the columns of
// the one group that may repeat. With a group, the last field is a Count.
type Layout struct {
	Code   string
	Fields []Field
	Group  []Field
}

// Has reports whether a field outside the group holds the value of that name.
func (l Layout) Has(cell string) bool {
	for i := range l.Fields {
		if l.Fields[i].Cell() == cell && l.Fields[i].Kind != Literal {
			return true
		}
	}
	return false
}

// CheckFields finds mistakes in a table before it is used: a width that cannot be, a name
// for which cell has no place, or a place of another kind.
func CheckFields(code string, fields []Field, cell func(string) any) error {
	for i := range fields {
		f := &fields[i]
		bad := func(reason string) error { return &FieldError{Message: code, Field: f.Name, Reason: reason} }
		switch {
		case f.Width <= 0 || f.Width > maxWidth:
			return bad("width out of range")
		case f.tooWide():
			return bad("too many digits")
		case f.Kind == Literal && len(f.Value) != f.Width:
			return bad("literal of another width")
		case f.Kind == Literal:
			continue
		}
		if !f.fits(cell(f.Cell())) {
			return bad("name unknown here, or of another kind")
		}
	}
	return nil
}

// tooWide reports whether a number could be more than its place holds.
func (f *Field) tooWide() bool {
	switch f.Kind {
	case Amount:
		return f.Width > maxAmount
	case Signed:
		return f.Width > 1+maxAmount || f.Width < 2
	case Count:
		return f.Width > maxCount
	case Number:
		return f.Width > maxNumber
	}
	return false
}

// fits reports whether a place can hold what the field's kind reads.
func (f *Field) fits(cell any) bool {
	switch cell.(type) {
	case *money.Amount:
		return f.Kind == Amount || f.Kind == Signed
	case *int:
		return f.Kind == Count
	case *int64:
		return f.Kind == Number
	case *string:
		return f.Kind == Key || f.Kind == Label || f.Kind == Text || f.Kind == Date || f.Kind == Stamp || f.Kind == Clock || f.Kind == Month || f.Kind == Enum
	}
	return false
}

// CheckCode finds a transaction code that is not as long as the frame says, or that was
// seen before, and notes it.
func (f Frame) CheckCode(code string, seen map[string]bool) error {
	if len(code) != f.Code || seen[code] {
		return fmt.Errorf("code %q: want %d characters, used once", code, f.Code)
	}
	seen[code] = true
	return nil
}
