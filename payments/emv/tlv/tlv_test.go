package tlv_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wattkiosk/payments/emv/tlv"
)

func unhex(tb testing.TB, s string) []byte {
	tb.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		tb.Fatal(err)
	}

	return b
}

func TestNext(t *testing.T) {
	long := strings.Repeat("AB", 0x90)
	for _, tt := range []struct {
		in         string
		tag        tlv.Tag
		value, res string
	}{
		{"5A 02 1234", 0x5A, "1234", ""},
		{"9F26 01 AA 95", 0x9F26, "AA", "95"},
		{"DF8101 00", 0xDF8101, "", ""},
		{"0000 82 02 7C00 00", 0x82, "7C00", "00"}, // filling in front, kept after
		{"70 8190" + long, 0x70, long, ""},
		{"70 820090" + long, 0x70, long, ""},
		{"70 8102 5000", 0x70, "5000", ""}, // not the shortest form: cards send it
	} {
		o, rest, err := tlv.Next(unhex(t, tt.in))
		if err != nil || o.Tag != tt.tag || !bytes.Equal(o.Value, unhex(t, tt.value)) || !bytes.Equal(rest, unhex(t, tt.res)) {
			t.Errorf("%s: %v %X, rest %X, %v", tt.in, o.Tag, o.Value, rest, err)
		}
	}
}

func TestNextRefuses(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want error
	}{
		{"", io.EOF},
		{"0000", io.EOF},
		{"9F", tlv.ErrTag},
		{"9F81", tlv.ErrTag},
		{"9F818101 00", tlv.ErrTag}, // four bytes
		{"5A", tlv.ErrLength},
		{"5A 80 0000", tlv.ErrLength}, // indefinite
		{"5A 81", tlv.ErrLength},
		{"5A 8201", tlv.ErrLength},
		{"5A 83000001 00", tlv.ErrLength},
		{"5A 02 12", tlv.ErrShort},
		{"5A 82FFFF 12", tlv.ErrShort},
	} {
		if o, _, err := tlv.Next(unhex(t, tt.in)); !errors.Is(err, tt.want) {
			t.Errorf("%q: %v, %v, want %v", tt.in, o, err, tt.want)
		}
	}
}

func TestFind(t *testing.T) {
	in := unhex(t, "50 01 41 87 01 02 87 01 03")
	if v, err := tlv.Find(in, 0x87); err != nil || !bytes.Equal(v, []byte{2}) {
		t.Errorf("the first 87 is %X, %v", v, err)
	}
	if v, err := tlv.Find(in, 0x5A); err != nil || v != nil {
		t.Errorf("5A is %X, %v", v, err)
	}
	if _, err := tlv.Find(append(in, 0x5A, 9), 0x87); !errors.Is(err, tlv.ErrShort) {
		t.Errorf("a malformed end: %v", err)
	}
}

func TestOnly(t *testing.T) {
	if v, err := tlv.Only(unhex(t, "77 02 9F27 00"), 0x77); err != nil || !bytes.Equal(v, []byte{0x9F, 0x27}) {
		t.Errorf("%X, %v", v, err)
	}
	for _, bad := range []string{"", "70 00", "77 00 77 00", "77 00 9F", "77 01"} {
		if v, err := tlv.Only(unhex(t, bad), 0x77); err == nil {
			t.Errorf("%q: %X", bad, v)
		}
	}
}

func TestTag(t *testing.T) {
	for tag, want := range map[tlv.Tag]bool{0x5A: false, 0x70: true, 0x9F26: false, 0xBF0C: true, 0x6F: true, 0xDF8101: false, 0xFF8101: true} {
		if tag.Constructed() != want {
			t.Errorf("%v: constructed is %v", tag, !want)
		}
	}
	if got := tlv.Tag(0x9F26).String() + tlv.Tag(0x5A).String() + tlv.Tag(0x5).String(); got != "9F265A05" {
		t.Error(got)
	}
}

func TestAppend(t *testing.T) {
	for _, tt := range []struct {
		tag  tlv.Tag
		n    int
		want string
	}{
		{0x5A, 1, "5A01"}, {0x9F10, 0x7F, "9F107F"}, {0x70, 0x80, "708180"}, {0x70, 0xFF, "7081FF"}, {0xDF8101, 0x100, "DF8101820100"},
	} {
		value := bytes.Repeat([]byte{7}, tt.n)
		want := append(unhex(t, tt.want), value...)
		if got := tlv.Append([]byte{}, tt.tag, value); !bytes.Equal(got, want) {
			t.Errorf("%v of %d bytes: %X", tt.tag, tt.n, got)
		}
	}
}

func TestObjectHidesItsValue(t *testing.T) {
	o := tlv.Object{Tag: 0x5A, Value: []byte{0x62, 0x25}}
	for _, verb := range []string{"%v", "%+v", "%#v", "%x", "%d", "%s", "%q"} {
		if got := fmt.Sprintf(verb, o); got != "5A[2 bytes]" {
			t.Errorf("%s: %s", verb, got)
		}
	}
}

// FuzzAll: what is read can be written, and reads the same then.
func FuzzAll(f *testing.F) {
	for _, s := range []string{
		"6F 18 84 07 A0000003330101 A5 0D 50 0A 50424F43204445424954",
		"70 04 5F24 01 26", "77 03 82 01 00", "00 00 9F2608 1122334455667788", "DF8101 8101 00", "9F818181", "5A80",
	} {
		f.Add(unhex(f, s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var objects []tlv.Object
		var again []byte
		for o, err := range tlv.All(b) {
			if err != nil {
				return
			}
			objects = append(objects, o)
			again = tlv.Append(again, o.Tag, o.Value)
		}
		if len(again) > len(b) {
			t.Fatalf("%d bytes became %d", len(b), len(again))
		}

		i := 0
		for o, err := range tlv.All(again) {
			if err != nil || i == len(objects) || !cmp.Equal(o, objects[i], cmp.Comparer(func(a, b tlv.Object) bool {
				return a.Tag == b.Tag && bytes.Equal(a.Value, b.Value)
			})) {
				t.Fatalf("object %d is %v, %v", i, o, err)
			}
			i++
		}
		if i != len(objects) {
			t.Fatalf("%d objects, were %d", i, len(objects))
		}
	})
}
