package ssp_test

import (
	"bytes"
	"errors"
	"testing"

	"wattkiosk/hal/bill/ssp"
	"wattkiosk/hal/bill/ssp/sspsim"
)

func TestParseFile(t *testing.T) {
	for _, c := range []struct {
		name  string
		alter func(b []byte) []byte
	}{
		{"nothing", func([]byte) []byte { return nil }},
		{"the header alone", func(b []byte) []byte { return b[:128] }},
		{"another magic", func(b []byte) []byte { b[2] = 'l'; return b }},
		{"too long", func(b []byte) []byte { return append(b, make([]byte, ssp.MaxFile)...) }},
		{"a byte is missing", func(b []byte) []byte { return b[:len(b)-1] }},
		{"a block too many", func(b []byte) []byte { return append(b, make([]byte, 1024)...) }},
		{"no RAM block", func(b []byte) []byte { copy(b[7:], "\x00\x00\x00\x00"); return b }},
		{"a RAM block of 4 GiB", func(b []byte) []byte { copy(b[7:], "\xff\xff\xff\xff"); return b }},
		{"a RAM block as long as the rest", func(b []byte) []byte { copy(b[7:], "\x00\x00\x14\xb4"); return b }},
		{"a RAM block that is damaged", func(b []byte) []byte { b[200] ^= 1; return b }},
		{"no data", func(b []byte) []byte { copy(b[17:], "\x00\x00\x00\x00"); return b }},
		{"data of 4 GiB", func(b []byte) []byte { copy(b[17:], "\xff\xff\xff\xff"); return b }},
		{"a speed of 300", func(b []byte) []byte { copy(b[68:], "\x00\x00\x01\x2c"); return b }},
		{"a speed of 1000000", func(b []byte) []byte { copy(b[68:], "\x00\x0f\x42\x40"); return b }},
	} {
		b := c.alter(sspsim.Image{Block: 1024}.Bytes())
		if f, err := ssp.ParseFile(b); !errors.Is(err, ssp.ErrFile) || f != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	b := sspsim.Image{Baud: 57600, Seed: 3}.Bytes()
	f, err := ssp.ParseFile(b)
	if err != nil || f.Baud() != 57600 || f.Size() != 5428 || !bytes.Equal(f.Header(), b[:128]) || !bytes.Equal(f.RAM(), b[128:428]) || !bytes.Equal(f.Data(), b[428:]) {
		t.Errorf("%+v, %v", f, err)
	}
}

func TestFits(t *testing.T) {
	for _, c := range []struct {
		kind  byte
		model string
		fits  bool
	}{
		{9, "NVS009", true},
		{9, "NV0009", true},
		{9, "NV0010", false},
		{9, "NV0200", false},
		{9, "BOOTER", false},
		{10, "NV0010", true},
		{10, "NVS009", false},
		{32, "NV0200", true},
		{32, "BV0100", true},
		{32, "NVS009", false},
		{32, "NV0010", false},
	} {
		f, err := ssp.ParseFile(sspsim.Image{Kind: c.kind}.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Fits(c.model); (err == nil) != c.fits || err != nil && !errors.Is(err, ssp.ErrFile) {
			t.Errorf("kind %02X onto %s: %v", c.kind, c.model, err)
		}
	}
}

func TestParseIdentity(t *testing.T) {
	for name, want := range map[string]ssp.Identity{
		"NV02004141498000":                  {Model: "NV0200", Version: "4141498000"}, // the manual's
		"NVS0091092500000":                  {Model: "NVS009", Version: "1092500000"},
		"NV0200":                            {},
		"":                                  {},
		"NV0200 414149800":                  {},
		"NV020041\x0014980":                 {},
		"NV0200414149800041414980004141498": {},
	} {
		got, err := ssp.ParseIdentity([]byte(name))
		if got != want || (err == nil) != (want.Model != "") {
			t.Errorf("%q: %+v, %v", name, got, err)
		}
	}
}

// FuzzParseFile: what is taken adds up.
func FuzzParseFile(f *testing.F) {
	f.Add(sspsim.Image{RAM: 5, Data: 20}.Bytes())
	f.Add(sspsim.Image{RAM: 5, Data: 20, Block: 16, Padded: true, Baud: 115200}.Bytes())
	f.Add([]byte("ITL"))
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := ssp.ParseFile(b)
		if err != nil {
			if file != nil || !errors.Is(err, ssp.ErrFile) {
				t.Fatal(err)
			}
			return
		}
		if got := bytes.Join([][]byte{file.Header(), file.RAM(), file.Data()}, nil); !bytes.Equal(got, b) || len(file.RAM()) == 0 || len(file.Data()) == 0 {
			t.Errorf("%d bytes of %d", len(got), len(b))
		}
		if file.Baud() < 9600 || file.Baud() > 921600 {
			t.Error(file.Baud())
		}
	})
}

// FuzzParseIdentity: model and version are the whole name, and printable.
func FuzzParseIdentity(f *testing.F) {
	f.Add([]byte("NV02004141498000"))
	f.Add([]byte("NVS00910925\x7f"))
	f.Fuzz(func(t *testing.T, name []byte) {
		i, err := ssp.ParseIdentity(name)
		if err != nil {
			if i != (ssp.Identity{}) {
				t.Errorf("%+v beside %v", i, err)
			}
			return
		}
		if i.Model+i.Version != string(name) || len(i.Model) != 6 || i.Version == "" || i.Loader || bytes.ContainsAny(name, " \x00\n\x7f") {
			t.Errorf("%q: %+v", name, i)
		}
	})
}
