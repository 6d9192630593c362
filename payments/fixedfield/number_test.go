package fixedfield_test

import (
	"errors"
	"testing"

	"wattkiosk/payments/fixedfield"
	"wattkiosk/payments/money"
)

var frame = fixedfield.Frame{Digits: 4, Version: "T1", Code: 2}

// body writes one field and returns it without the frame.
func body(f fixedfield.Field, v any) (string, error) {
	w := fixedfield.NewWriter(frame, 32, "01")
	w.Fields([]fixedfield.Field{f}, func(string) any { return v })
	b, err := w.Seal()
	if err != nil {
		return "", err
	}
	_, raw, err := frame.Open(b)

	return string(raw), err
}

func parse(f fixedfield.Field, raw string, v any) error {
	c := fixedfield.NewColumns("01", []byte(raw))
	c.Fields([]fixedfield.Field{f}, func(string) any { return v })

	return c.Close()
}

func TestSigned(t *testing.T) {
	f := fixedfield.Field{Name: "left", Width: 5, Kind: fixedfield.Signed}
	for want, a := range map[string]money.Amount{"+0000": 0, "+0128": 128, "-0001": -1, "-9999": -9999} {
		if got, err := body(f, &a); err != nil || got != want {
			t.Errorf("%d: %q, %v", a, got, err)
		}
		var back money.Amount
		if err := parse(f, want, &back); err != nil || back != a {
			t.Errorf("%q: %d, %v", want, back, err)
		}
	}
	for _, a := range []money.Amount{10000, -10000} {
		if got, err := body(f, &a); err == nil {
			t.Errorf("%d in four digits: %q", a, got)
		}
	}
	for _, raw := range []string{"00128", "-0000", "+01-8", "+012", "+01288", " 0128"} {
		var back money.Amount
		if err := parse(f, raw, &back); !errors.Is(err, fixedfield.ErrMalformed) {
			t.Errorf("%q: %d, %v", raw, back, err)
		}
	}
}

func TestNumber(t *testing.T) {
	f := fixedfield.Field{Name: "count", Width: 4, Kind: fixedfield.Number}
	n, back := int64(42), int64(0)
	if got, err := body(f, &n); err != nil || got != "0042" {
		t.Errorf("%q, %v", got, err)
	}
	if err := parse(f, "0042", &back); err != nil || back != 42 {
		t.Errorf("%d, %v", back, err)
	}
	for _, bad := range []int64{-1, 10000} {
		if got, err := body(f, &bad); err == nil {
			t.Errorf("%d in four digits: %q", bad, got)
		}
	}
}

func TestCheckFields(t *testing.T) {
	var (
		amount money.Amount
		number int64
		text   string
	)
	cells := map[string]any{"amount": &amount, "number": &number, "text": &text}
	for name, f := range map[string]fixedfield.Field{
		"no width":              {Name: "text", Kind: fixedfield.Key},
		"too wide":              {Name: "text", Width: 1025, Kind: fixedfield.Key},
		"too many digits":       {Name: "number", Width: 19, Kind: fixedfield.Number},
		"signed without digits": {Name: "amount", Width: 1, Kind: fixedfield.Signed},
		"another kind":          {Name: "amount", Width: 4, Kind: fixedfield.Number},
		"unknown name":          {Name: "other", Width: 4, Kind: fixedfield.Key},
		"short literal":         {Name: "text", Width: 4, Kind: fixedfield.Literal, Value: "01"},
	} {
		var bad *fixedfield.FieldError
		if err := fixedfield.CheckFields("01", []fixedfield.Field{f}, func(n string) any { return cells[n] }); !errors.As(err, &bad) {
			t.Errorf("%s: %v", name, err)
		}
	}
	good := []fixedfield.Field{
		{Name: "wire", As: "number", Width: 18, Kind: fixedfield.Number},
		{Name: "amount", Width: 13, Kind: fixedfield.Signed},
		{Name: "text", Width: 1024, Kind: fixedfield.Label},
	}
	if err := fixedfield.CheckFields("01", good, func(n string) any { return cells[n] }); err != nil {
		t.Error(err)
	}
}

// TestSignedCells: an interface of numbers gives a signed one without its plus and zeros.
func TestSignedCells(t *testing.T) {
	l := fixedfield.Layout{Code: "01", Fields: []fixedfield.Field{{Name: "left", Width: 6, Kind: fixedfield.Signed}}}
	for value, want := range map[string]string{
		"1250": "+01250", "-1250": "-01250", "+01250": "+01250", "-01250": "-01250", "0": "+00000", "": "      ", "12345": "+12345", "123456": "123456",
	} {
		b, err := frame.Assemble(l, 0, []fixedfield.Cell{{Name: "left", Value: value}})
		if err != nil || string(b[8:14]) != want {
			t.Errorf("%q: %q, %v; want %q", value, b, err, want)
		}
	}
	if _, err := frame.Assemble(l, 0, []fixedfield.Cell{{Name: "left", Value: "-012345"}}); err == nil {
		t.Error("more than the width")
	}
}
