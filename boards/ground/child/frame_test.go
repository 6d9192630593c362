package child_test

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"wattkiosk/boards/ground/child"
)

type word struct {
	Say string `json:"say"`
}

const most = 1 << 10

func TestFrameBytes(t *testing.T) {
	b, err := child.Append([]byte{7}, word{"on"}, most)
	if want := "\x07\x0c\x00\x00\x00" + `{"say":"on"}`; err != nil || string(b) != want {
		t.Errorf("%q, %v; want %q", b, err, want)
	}
	if _, err := child.Append(nil, word{"on"}, 11); err == nil {
		t.Error("twelve bytes fitted into eleven")
	}
}

func TestReadFrame(t *testing.T) {
	for text, want := range map[string]error{
		"":                                      io.EOF,
		"\x0c\x00":                              io.ErrUnexpectedEOF,
		"\x0c\x00\x00\x00":                      io.ErrUnexpectedEOF,
		"\x0c\x00\x00\x00{\"say\"":              io.ErrUnexpectedEOF,
		"\x05\x00\x00\x00{\"sa}":                child.ErrFrame,
		"\xff\xff\xff\xff{}":                    child.ErrFrame,
		"\x0c\x00\x00\x00{\"say\":\"on\"}":      nil,
		"\x0c\x00\x00\x00{\"say\":\"on\"}\x01x": nil,
	} {
		var w word
		err := child.ReadFrame(bytes.NewReader([]byte(text)), &w, most)
		if !errors.Is(err, want) || want == nil && w.Say != "on" {
			t.Errorf("%q: %q, %v; want %v", text, w.Say, err, want)
		}
	}
}

// FuzzCut: whatever comes, the two readers of frames say the same.
func FuzzCut(f *testing.F) {
	whole, err := child.Append(nil, word{"on"}, most)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(append(bytes.Clone(whole), whole[:7]...))
	f.Add([]byte{0xFF, 0xFF, 0xFF, 0xFF})
	f.Add([]byte{2, 0, 0, 0, '[', ']'})
	f.Fuzz(func(t *testing.T, b []byte) {
		var cut, read word
		rest, ok, err := child.Cut(b, &cut, most)
		in := bytes.NewReader(b)
		readErr := child.ReadFrame(in, &read, most)
		if ok != (readErr == nil) || errors.Is(err, child.ErrFrame) != errors.Is(readErr, child.ErrFrame) {
			t.Fatalf("Cut: %v, %v; ReadFrame: %v", ok, err, readErr)
		}
		if ok && (cut != read || len(rest) != in.Len()) {
			t.Fatalf("Cut: %+v, %d left; ReadFrame: %+v, %d left", cut, len(rest), read, in.Len())
		}
	})
}
