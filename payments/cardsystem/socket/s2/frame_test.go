package s2

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"testing"

	"wattkiosk/payments/cardsystem"
)

func made(t testing.TB, cfg Config) *Dialect {
	t.Helper()
	d, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}

	return d
}

var key = bytes.Repeat([]byte{0x42}, 16)

func TestFrameByteForByte(t *testing.T) {
	d := made(t, Config{})
	if got := hex.EncodeToString(d.Beat()); got != "00852456010000000000" {
		t.Errorf("heartbeat: %s", got)
	}

	frame, err := d.EncodeRequest("7", cardsystem.Request{Op: cardsystem.OpAsk, Serial: "00000001010000000001"})
	want := `{"requestId":"7","businessType":"commonService","businessMethod":"getPayResult","jsonData":"{\"serialNo\":\"00000001010000000001\"}"}`
	if err != nil || hex.EncodeToString(frame[:10]) != "00852456050000000085" || string(frame[10:]) != want {
		t.Errorf("%v\n% x\n%s", err, frame[:10], frame[10:])
	}
}

func TestSealedAndPacked(t *testing.T) {
	body := []byte(strings.Repeat("购电", 400))
	for name, c := range map[string]struct {
		cfg  Config
		flag byte
	}{
		"plain":  {Config{}, 0},
		"gzip":   {Config{Gzip: true}, 1},
		"sealed": {Config{Key: key}, 2},
		"both":   {Config{Key: key, Gzip: true}, 3},
	} {
		d := made(t, c.cfg)
		frame, err := d.frame(typeBusiness, body)
		if err != nil || frame[5] != c.flag {
			t.Fatalf("%s: flag %d, %v", name, frame[5], err)
		}
		got, err := d.ReadFrame(bytes.NewReader(frame))
		if err != nil || got[0] != typeBusiness || !bytes.Equal(got[1:], body) {
			t.Errorf("%s: %d bytes back, %v", name, len(got), err)
		}

		if c.cfg.Key == nil {
			continue
		}
		for i := range frame {
			bad := bytes.Clone(frame)
			bad[i] ^= 0x10
			if got, err := d.ReadFrame(bytes.NewReader(bad)); err == nil {
				t.Fatalf("%s: byte %d changed, and read as %d bytes", name, i, len(got))
			}
		}
	}
}

func TestKeysAreNotMixed(t *testing.T) {
	sealed, open := made(t, Config{Key: key}), made(t, Config{})
	frame, err := sealed.frame(typeBusiness, []byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := open.ReadFrame(bytes.NewReader(frame)); !errors.Is(err, ErrMalformed) {
		t.Errorf("sealed, read without a key: %v", err)
	}
	if frame, err = open.frame(typeBusiness, []byte("{}")); err != nil {
		t.Fatal(err)
	}
	if _, err := sealed.ReadFrame(bytes.NewReader(frame)); !errors.Is(err, ErrMalformed) {
		t.Errorf("open, read with a key: %v", err)
	}
	if _, err := made(t, Config{Key: bytes.Repeat([]byte{1}, 16)}).ReadFrame(bytes.NewReader(frame)); !errors.Is(err, ErrMalformed) {
		t.Errorf("read with another key: %v", err)
	}
	if _, err := New(Config{Key: []byte("short and secret")[:5]}); err == nil || strings.Contains(err.Error(), "short") {
		t.Errorf("a key of five bytes: %v", err)
	}
}

func TestBounds(t *testing.T) {
	d := made(t, Config{})
	for name, head := range map[string]string{
		"another magic": "00852457050000000002",
		"unknown flag":  "00852456050400000002",
		"too long":      "00852456050000040001",
		"longest there": "000000000000ffffffff",
	} {
		b, err := hex.DecodeString(head)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.ReadFrame(io.MultiReader(bytes.NewReader(b), strings.NewReader("{}"))); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}

	// What unpacks to more than a body may have is not unpacked.
	packer := made(t, Config{Gzip: true})
	frame, err := packer.frame(typeBusiness, make([]byte, MaxPlain))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.ReadFrame(bytes.NewReader(frame)); err != nil {
		t.Errorf("as much as may be: %v", err)
	}
	if _, err := packer.frame(typeBusiness, make([]byte, MaxPlain+1)); err == nil {
		t.Error("written: more than may be")
	}
	bomb := packedZeros(t, MaxPlain+1)
	if _, err := d.ReadFrame(bytes.NewReader(bomb)); !errors.Is(err, ErrMalformed) {
		t.Errorf("more than may be: %v", err)
	}
}

func TestEnds(t *testing.T) {
	d := made(t, Config{})
	frame, err := d.frame(typeBusiness, []byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.ReadFrame(bytes.NewReader(nil)); !errors.Is(err, io.EOF) {
		t.Errorf("no byte: %v", err)
	}
	for n := 1; n < len(frame); n++ {
		if _, err := d.ReadFrame(bytes.NewReader(frame[:n])); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}
