package journal

import (
	"bytes"
	"encoding/hex"
	"errors"
	"testing"

	"wattkiosk/payments/record"
)

var goldenSalt = [saltSize]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}

// Format 2 as it was first written; other programs and other versions rely on it.
const (
	goldenHeader = "574b4a32" + "00" + "0102030405060708090a0b0c0d0e0f10" + "00000007" + "03" + "08" + "3130303030303031" +
		"0000000000000009" + "abababababababababababababababababababababababababababababababab" + "89cafe71"
	goldenBody  = "7200" + "00000003" + "a10000" + "7304" + "6f70656e" + "00000002" + "5b5d"
	goldenFrame = "d7a5" + "00000015" + "00000002" + "9f90ebe0" + goldenBody
)

func goldenSegment() *segment {
	s := &segment{number: 7, incarn: 3, kiosk: "10000001", salt: goldenSalt, start: record.Head{Seq: 9}}
	for i := range s.start.Hash {
		s.start.Hash[i] = 0xAB
	}
	return s
}

func TestFormatIsGolden(t *testing.T) {
	if got := hex.EncodeToString(goldenSegment().header()); got != goldenHeader {
		t.Errorf("header\n got %s\nwant %s", got, goldenHeader)
	}
	body := entry{kind: entryState, name: "open", value: []byte("[]")}.append(entry{kind: entryRecord, value: []byte{0xA1, 0, 0}}.append(nil))
	c, err := newCodec(nil, goldenSalt)
	if err != nil {
		t.Fatal(err)
	}
	if got := hex.EncodeToString(c.encode(nil, 2, body)); got != goldenFrame {
		t.Errorf("frame\n got %s\nwant %s", got, goldenFrame)
	}
	if c, err = newCodec([]byte("0123456789abcdef"), goldenSalt); err != nil {
		t.Fatal(err)
	}
	if got := hex.EncodeToString(c.encode(nil, 2, body)); got != goldenSealed {
		t.Errorf("sealed frame\n got %s\nwant %s", got, goldenSealed)
	}
}

const goldenSealed = "d7a500000025" + "00000002" + "c987e33f" + "5f937d0e9d2a1b24b53e583bf07fc1cbc7c45daf6d37aab89fcb7e8edd87eed85b1906033f"

// TestFrameOfAnyLength: a damaged length is never taken for a size.
func TestFrameOfAnyLength(t *testing.T) {
	c, err := newCodec(nil, goldenSalt)
	if err != nil {
		t.Fatal(err)
	}
	for bit := range 32 {
		b := c.encode(nil, 2, []byte("body"))
		b[2+bit/8] ^= 0x80 >> (bit % 8)
		if _, _, err := c.decode(&window{r: bytes.NewReader(b)}, 0, 2); !errors.Is(err, errBadFrame) {
			t.Errorf("bit %d: %v", bit, err)
		}
	}
}

func FuzzHeader(f *testing.F) {
	f.Add(goldenSegment().header())
	f.Add([]byte(segmentMagic))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := parseHeader(b)
		if err != nil {
			if !errors.Is(err, ErrCorrupt) {
				t.Errorf("error %v", err)
			}
			return
		}
		if again := s.header(); !bytes.HasPrefix(b, again) || int64(len(again)) != s.body {
			t.Errorf("%x is read as %x", b, again)
		}
	})
}

func FuzzFrame(f *testing.F) {
	plain, err := newCodec(nil, goldenSalt)
	if err != nil {
		f.Fatal(err)
	}
	sealed, err := newCodec([]byte("0123456789abcdef"), goldenSalt)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(plain.encode(nil, 2, []byte("body")), uint32(2))
	f.Add(sealed.encode(nil, 0, nil), uint32(0))
	f.Add(make([]byte, 100), uint32(0))
	f.Fuzz(func(t *testing.T, b []byte, number uint32) {
		for _, c := range []codec{plain, sealed} {
			body, size, err := c.decode(&window{r: bytes.NewReader(b)}, 0, number)
			if err != nil {
				if !errors.Is(err, errNoFrame) && !errors.Is(err, errBadFrame) && !errors.Is(err, errSealed) {
					t.Errorf("error %v", err)
				}
				continue
			}
			if again := c.encode(nil, number, body); !bytes.Equal(again, b[:size]) {
				t.Errorf("%x is read as %x", b[:size], again)
			}
		}
		if _, err := plain.later(&window{r: bytes.NewReader(b)}, 0, int64(len(b)), number); err != nil {
			t.Errorf("error %v", err)
		}
	})
}

func FuzzEntries(f *testing.F) {
	f.Add([]byte{})
	c := contents{boot: 3, state: map[string][]byte{"open": []byte("[]")}}
	f.Add(c.snapshot())
	f.Fuzz(func(t *testing.T, body []byte) {
		var again []byte
		c := contents{state: map[string][]byte{}}
		err := entries(body, func(e entry) error {
			again = e.append(again)
			return c.apply(e)
		})
		switch {
		case err != nil && !errors.Is(err, ErrCorrupt):
			t.Errorf("error %v", err)
		case err == nil && !bytes.Equal(again, body):
			t.Errorf("%x is read as %x", body, again)
		}
	})
}

func FuzzMark(f *testing.F) {
	f.Add([]byte(`{"v":1,"kiosk":"10000001","incarnation":1,"seq":7,"hash":"abababababababababababababababababababababababababababababababab"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if m, err := parseMark(b); err != nil && !errors.Is(err, ErrLost) || err == nil && m.V != 1 {
			t.Errorf("mark %+v, %v", m, err)
		}
	})
}
