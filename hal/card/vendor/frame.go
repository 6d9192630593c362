package vendor

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
)

// MaxFrame bounds one frame between terminal and child, in bytes without its
// length.
const MaxFrame = 16 << 10

// Request is one call. A frame is its length (4 bytes, little-endian) and JSON.
type Request struct {
	ID      uint32 `json:"id"`
	Op      string `json:"op"`
	Data    []byte `json:"data,omitempty"`
	Address int    `json:"address,omitempty"`
	Length  int    `json:"length,omitempty"`
	Area    int    `json:"area,omitempty"`
	Chip    int    `json:"chip,omitempty"`
}

// Response is what a child says: once that it is Ready (the library is loaded and
// open), or why not (Fatal, before it ends), and then an answer to each request.
type Response struct {
	ID     uint32    `json:"id,omitempty"`
	Ready  bool      `json:"ready,omitempty"`
	Fatal  string    `json:"fatal,omitempty"`
	Late   bool      `json:"late,omitempty"` // the call did not return in time; the child ends now
	Code   int32     `json:"code,omitempty"`
	Data   []byte    `json:"data,omitempty"`
	Value  int32     `json:"value,omitempty"`
	Tracks [3][]byte `json:"tracks,omitzero"`
}

// errFrame is a frame that no child of ours sends.
var errFrame = errors.New("frame of the library host is damaged")

// AppendFrame adds v, a Request or Response, as a frame.
func AppendFrame(b []byte, v any) ([]byte, error) {
	j, err := json.Marshal(v)
	if err != nil {
		return b, fmt.Errorf("cannot encode frame: %w", err)
	}
	if len(j) > MaxFrame {
		return b, fmt.Errorf("frame of %d bytes, at most %d", len(j), MaxFrame)
	}
	return append(binary.LittleEndian.AppendUint32(b, uint32(len(j))), j...), nil
}

// CutFrame takes one frame off b into v. ok is false while it is not complete.
func CutFrame(b []byte, v any) (rest []byte, ok bool, err error) {
	if len(b) < 4 {
		return b, false, nil
	}

	n := binary.LittleEndian.Uint32(b)
	if n > MaxFrame {
		return nil, false, errFrame
	}
	if uint32(len(b)-4) < n {
		return b, false, nil
	}
	if err := json.Unmarshal(b[4:4+n], v); err != nil {
		return b[4+n:], false, errFrame // without the cause: it could quote card data
	}
	return b[4+n:], true, nil
}
