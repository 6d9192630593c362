package userfile_test

import (
	"bytes"
	"testing"

	"wattkiosk/payments/metercard"
	"wattkiosk/payments/metercard/script"
	"wattkiosk/payments/metercard/userfile"
)

// FuzzFiles: a file that is read is written as it was, but for the command of its frame.
func FuzzFiles(f *testing.F) {
	for _, golden := range []string{goldenParam, goldenPurse, goldenReturn, goldenLent} {
		f.Add(unhex(f, golden))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var again []byte
		if p, err := userfile.DecodeParam(b); err == nil {
			again = p.File()
		} else if r, err := userfile.DecodeReturn(b); err == nil {
			again = r.File()
			if r.Left() > 1<<32 || r.Left() < -1<<32 {
				t.Fatalf("left %s", r.Left())
			}
		} else if p, err := userfile.DecodePurse(b); err == nil {
			if again, err = p.Bytes(); err != nil {
				t.Fatal(err)
			}
		} else {
			return
		}
		if len(b) != 8 {
			again[1], again[len(again)-2] = b[1], b[len(b)-2]
		}
		if !bytes.Equal(again, b) {
			t.Fatalf("\n got %x\nwant %x", again, b)
		}
	})
}

// FuzzFacts: whatever a card says, its facts are facts, or there are none.
func FuzzFacts(f *testing.F) {
	f.Add(unhex(f, "0102030405060708"+goldenParam+goldenPurse+goldenReturn), uint8(0))
	f.Add(image(f, goldenIdentity, goldenBought4, goldenBought5, goldenLoaded4, goldenLoaded3), uint8(1))
	f.Add(append(bytes.Repeat([]byte{0xFF}, 10), unhex(f, goldenBought4+goldenBought5+goldenLoaded4+goldenLoaded3)...), uint8(2))
	f.Fuzz(func(t *testing.T, b []byte, n uint8) {
		form := []metercard.Form{metercard.CPU, metercard.SLE4442, metercard.AT88SC102, "other"}[n%4]
		saved := map[string]script.Bytes{}
		for _, s := range userfile.Plan(form) {
			size := s.Length
			if s.Op == script.APDU {
				size = int(s.Data[len(s.Data)-1])
			}
			if s.Save == "" {
				continue
			}
			part := make(script.Bytes, size)
			b = b[copy(part, b):]
			saved[s.Save] = part
		}

		facts, err := userfile.Facts(form, saved)
		if err != nil {
			if facts != (metercard.Facts{}) {
				t.Fatalf("%+v with %v", facts, err)
			}

			return
		}
		if facts.Check() != nil || facts.Form != form || (facts.Meter == "") != (facts.Customer == "") {
			t.Fatalf("%+v", facts)
		}
		if named := facts.Meter != ""; !named && facts.Kind != metercard.Blank && facts.Kind != metercard.Other {
			t.Fatalf("a card of nobody: %+v", facts)
		}
	})
}
