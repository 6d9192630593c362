package strictjson_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"wattkiosk/boards/ground/strictjson"
)

type order struct {
	Serial string `json:"serial"`
	Fen    int64  `json:"fen"`
}

const limit = 40

func TestDecodeAndRead(t *testing.T) {
	other := errors.New("another error")
	for text, want := range map[string]error{
		`{"serial":"A1","fen":5000}`:                           nil,
		" {\"serial\":\"A1\",\"fen\":5000}\n\t ":               nil,
		`{"serial":"A1","fen":5000,"x":1}`:                     other,
		`{"serial":"A1","fen":5000}{}`:                         strictjson.ErrTrailing,
		`{"serial":"A1","fen":5000} x`:                         strictjson.ErrTrailing,
		`{"serial":"A1","fen":"5000"}`:                         other,
		`{"serial":"A1","fen":5000.5}`:                         other,
		`{"serial":"A1","fen":50`:                              io.ErrUnexpectedEOF,
		``:                                                     io.EOF,
		`{"serial":"A1","fen":5000}` + strings.Repeat(" ", 14): nil,
		`{"serial":"A1","fen":5000}` + strings.Repeat(" ", 15): strictjson.ErrTooLarge,
	} {
		readers := map[string]func(v any) error{
			"Decode": func(v any) error { return strictjson.Decode([]byte(text), limit, v) },
			"Read":   func(v any) error { return strictjson.Read(iotest.OneByteReader(strings.NewReader(text)), limit, v) },
		}
		for name, read := range readers {
			var got order
			err := read(&got)
			switch {
			case want == other && err == nil, want != other && !errors.Is(err, want):
				t.Errorf("%s of %q: %v, want %v", name, text, err, want)
			case want == nil && got != order{"A1", 5000}:
				t.Errorf("%s of %q: %+v", name, text, got)
			}
		}
	}
}

func TestReadGivesTheReadersError(t *testing.T) {
	broken := errors.New("line is down")
	if err := strictjson.Read(iotest.ErrReader(broken), limit, &order{}); !errors.Is(err, broken) {
		t.Errorf("error is %v, want the reader's", err)
	}
}
