package script_test

import (
	"errors"
	"testing"

	"wattkiosk/payments/metercard/script"
)

// TestForms: of each kind of step the row of the package comment, field by field.
func TestForms(t *testing.T) {
	size := func(n int) func(*script.Step) { return func(s *script.Step) { s.Data = make(script.Bytes, n) } }
	length := func(n int) func(*script.Step) { return func(s *script.Step) { s.Length = n } }
	address := func(n int) func(*script.Step) { return func(s *script.Step) { s.Address = n } }
	area := func(n int) func(*script.Step) { return func(s *script.Step) { s.Area = n } }
	expect := func(s *script.Step) { s.Expect = "9000" }
	save := func(s *script.Step) { s.Save = "a" }
	changes := func(s *script.Step) { s.Changes = true }

	type try struct {
		with func(*script.Step)
		ok   bool
	}
	for name, c := range map[string]struct {
		step  script.Step
		tries []try
	}{
		"apdu": {apdu(t, "00B0990108"), []try{
			{expect, true},
			{save, true},
			{changes, true},
			{size(4), true},
			{size(3), false},
			{size(5), true},
			{size(6), false},
			{address(1), false},
			{area(1), false},
			{length(1), false},
			{func(s *script.Step) { s.Data = long(t, 255, false) }, true},
			{func(s *script.Step) { s.Data = long(t, 255, true) }, true},
			{func(s *script.Step) { s.Data = append(long(t, 255, true), 0) }, false},
		}},
		"read": {rd(0, 1), []try{
			{save, true},
			{changes, true},
			{length(256), true},
			{length(257), false},
			{length(0), false},
			{length(-1), false},
			{address(65535), true},
			{address(65536), false},
			{address(-1), false},
			{area(1), true},
			{area(2), false},
			{area(-1), false},
			{size(1), false},
			{expect, false},
		}},
		"write": {wr(0, 1), []try{
			{size(256), true},
			{size(257), false},
			{size(0), false},
			{address(65535), true},
			{address(65536), false},
			{area(1), true},
			{area(2), false},
			{length(1), false},
			{expect, false},
			{save, false},
		}},
		"verify": {verify(1), []try{
			{size(8), true},
			{size(9), false},
			{size(0), false},
			{address(1), false},
			{area(1), false},
			{length(1), false},
			{expect, false},
			{save, false},
		}},
		"none": {script.Step{}, []try{{save, false}, {changes, false}}},
	} {
		if err := script.CheckSteps([]script.Step{c.step}); (err == nil) != (name != "none") {
			t.Errorf("%s: %v", name, err)
		}
		for i, try := range c.tries {
			s := c.step
			try.with(&s)
			if err := script.CheckSteps([]script.Step{s}); (err == nil) != try.ok || err != nil && !errors.Is(err, script.ErrScript) {
				t.Errorf("%s, try %d: %v, want ok %t", name, i, err, try.ok)
			}
		}
	}
}

// long is a command with that many bytes of data, with or without Le.
func long(t *testing.T, n int, le bool) script.Bytes {
	t.Helper()
	b := append(unhex(t, "00B09901"), byte(n))
	b = append(b, make([]byte, n)...)
	if le {
		b = append(b, 0)
	}

	return b
}

func TestBoundsOfSaved(t *testing.T) {
	names := "abcdefghijklmnopq" // 17
	saved := map[string]script.Bytes{}
	for i := range names[:16] {
		saved[names[i:i+1]] = make(script.Bytes, 261)
	}
	saved["a"] = nil
	if err := script.CheckSaved(saved); err != nil {
		t.Error(err)
	}
	saved[names[16:]] = nil
	if err := script.CheckSaved(saved); !errors.Is(err, script.ErrScript) {
		t.Errorf("17 answers: %v", err)
	}
	delete(saved, "a")
	delete(saved, "b")
	saved["abcdefghijklmnopqrstuvwx"] = nil // 24
	if err := script.CheckSaved(saved); err != nil {
		t.Error(err)
	}
	saved["abcdefghijklmnopqrstuvwxy"] = nil
	if err := script.CheckSaved(saved); !errors.Is(err, script.ErrScript) {
		t.Errorf("a name of 25: %v", err)
	}
}

func TestTextOfBytes(t *testing.T) {
	var b script.Bytes
	if err := b.UnmarshalText([]byte("00ff")); err != nil || len(b) != 2 || b[1] != 0xFF {
		t.Errorf("%v, %d bytes", err, len(b))
	}
	if err := b.UnmarshalText(make([]byte, 3)); err == nil || err.Error() != "3 characters are no bytes of a step" {
		t.Errorf("%v", err)
	}
	zeros := make([]byte, 2*262)
	for i := range zeros {
		zeros[i] = '0'
	}
	if err := b.UnmarshalText(zeros[2:]); err != nil || len(b) != 261 {
		t.Errorf("%v, %d bytes", err, len(b))
	}
	if err := b.UnmarshalText(zeros); err == nil {
		t.Error("262 bytes")
	}
}
