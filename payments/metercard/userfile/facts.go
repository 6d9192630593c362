package userfile

import (
	"encoding/hex"
	"fmt"
	"strings"

	"wattkiosk/payments/metercard"
	"wattkiosk/payments/metercard/script"
)

// Names under which the steps of a Plan save what they read.
const (
	SavedSerial = "serial"   // processor card: MF/EF19
	SavedParam  = "param"    // DF01/EF01
	SavedPurse  = "purse"    // DF01/EF02
	SavedReturn = "returned" // DF01/EF05
	SavedImage  = "image"    // SLE4442: main memory
	SavedChip   = "chip"     // AT88SC102: bytes 0 to 9
	SavedZone1  = "zone1"
	SavedZone2  = "zone2"
)

// Sizes and places of memory.
const (
	imageSize = 256
	chipSize  = 10
	zoneSize  = 64
	zone1At   = 22
	zone2At   = 92
)

// Plan is the steps that read a card of this form, which has just been powered on; none
// for a form that is not known. They change nothing, and need no key and no code.
func Plan(form metercard.Form) []script.Step {
	switch form {
	case metercard.CPU:
		return []script.Step{
			{Op: script.APDU, Data: script.Bytes{0x00, 0xA4, 0x00, 0x00, 0x02, 0x3F, 0x00}},
			{Op: script.APDU, Data: script.Bytes{0x00, 0xB0, 0x99, 0x01, SerialSize}, Save: SavedSerial},
			{Op: script.APDU, Data: script.Bytes{0x00, 0xA4, 0x00, 0x00, 0x02, 0xDF, 0x01}},
			{Op: script.APDU, Data: script.Bytes{0x00, 0xB0, 0x81, 0x00, ParamSize}, Save: SavedParam},
			{Op: script.APDU, Data: script.Bytes{0x00, 0xB0, 0x82, 0x00, PurseSize}, Save: SavedPurse},
			{Op: script.APDU, Data: script.Bytes{0x00, 0xB0, 0x85, 0x00, ReturnSize}, Save: SavedReturn},
		}
	case metercard.SLE4442:
		return []script.Step{{Op: script.Read, Length: imageSize, Save: SavedImage}}
	case metercard.AT88SC102:
		return []script.Step{
			{Op: script.Read, Length: chipSize, Save: SavedChip},
			{Op: script.Read, Address: zone1At, Length: zoneSize, Save: SavedZone1},
			{Op: script.Read, Address: zone2At, Length: zoneSize, Save: SavedZone2},
		}
	}

	return nil
}

// Facts is what a card says of itself, from what its Plan has saved. A card that can be
// read and is not a customer's is metercard.Blank or metercard.Other, without numbers. An
// error wraps ErrFile, or metercard.ErrFacts where a count or an amount cannot be.
func Facts(form metercard.Form, saved map[string]script.Bytes) (metercard.Facts, error) {
	for _, s := range Plan(form) {
		want := s.Length
		if s.Op == script.APDU {
			want = int(s.Data[len(s.Data)-1])
		}
		if s.Save != "" && len(saved[s.Save]) != want {
			return metercard.Facts{}, fmt.Errorf("%w: %s of %d bytes, want %d", ErrFile, s.Save, len(saved[s.Save]), want)
		}
	}

	f := metercard.Facts{Form: form}
	switch form {
	case metercard.CPU:
		if err := processor(&f, saved); err != nil {
			return metercard.Facts{}, err
		}
	case metercard.SLE4442:
		memory(&f, saved[SavedImage], func(at, n int) []byte { return saved[SavedImage][at : at+n] })
	case metercard.AT88SC102:
		memory(&f, saved[SavedChip], func(at, n int) []byte {
			if at >= zone2At {
				return saved[SavedZone2][at-zone2At : at-zone2At+n]
			}

			return saved[SavedZone1][at-zone1At : at-zone1At+n]
		})
	}

	if err := f.Check(); err != nil {
		return metercard.Facts{}, err
	}

	return f, nil
}

func processor(f *metercard.Facts, saved map[string]script.Bytes) error {
	f.Serial = serial(saved[SavedSerial])
	purse, err := DecodePurse(saved[SavedPurse])
	if err != nil {
		return err
	}
	if !Blank(saved[SavedPurse]) {
		f.Count, f.Purse = purse.Count, purse.Amount
	}

	f.Kind = metercard.Other
	if Blank(saved[SavedParam]) {
		f.Kind = metercard.Blank
	}
	if param, err := DecodeParam(saved[SavedParam]); err == nil {
		f.Kind, f.Meter, f.Customer = whose(param)
	}
	if back, err := DecodeReturn(saved[SavedReturn]); err == nil && back.Count() > 0 {
		f.Loaded, f.Left = back.Count(), back.Left()
	}

	return nil
}

// whose is what a parameter file says; a number that is not decimal makes it Other.
func whose(p Param) (kind metercard.Kind, meter, customer string) {
	meter, err := p.Meter()
	if err != nil {
		return metercard.Other, "", ""
	}
	if customer, err = p.Customer(); err != nil {
		return metercard.Other, "", ""
	}

	return p.Kind(), meter, customer
}

func memory(f *metercard.Facts, chip []byte, at func(at, n int) []byte) {
	l, _ := LayoutOf(f.Form)
	block := at(l.Identity, IdentitySize)
	identity, err := DecodeIdentity(block)
	if err != nil {
		f.Serial, f.Kind = serial(chip[:SerialSize]), metercard.Other
		if Blank(block) {
			f.Kind = metercard.Blank
		}

		return
	}

	two := func(places [2]int) [2][]byte {
		return [2][]byte{at(places[0], BlockSize), at(places[1], BlockSize)}
	}
	f.Serial, f.Kind = serial(identity.Number[:]), metercard.Other
	if b, there := DecodeBought(identity.Number, two(l.Purchase)); there {
		f.Meter, f.Customer = identity.Meter, identity.Customer
		f.Count, f.Purse = b.Count, b.Amount
		f.Kind = b.Kind
	}
	if r, there := DecodeLoaded(identity.Number, two(l.Return)); there && r.Count > 0 {
		f.Loaded, f.Left = r.Count, r.Left
	}
}

func serial(b []byte) string { return strings.ToUpper(hex.EncodeToString(b)) }
