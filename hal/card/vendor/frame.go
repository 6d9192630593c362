package vendor

import "wattkiosk/boards/ground/child"

// MaxFrame bounds one frame between terminal and child, in bytes without its
// length.
const MaxFrame = 16 << 10

// MaxSetup bounds the first frame of a child that was started for a connection, in bytes.
const MaxSetup = 6*maxFile + 1<<10

// Setup is that frame: the text of the library's description.
type Setup struct {
	Description string `json:"description"`
}

// Request is one call. Its frame is as package child describes it.
type Request struct {
	ID      uint32 `json:"id"`
	Op      string `json:"op"`
	Data    []byte `json:"data,omitempty"`
	Address int    `json:"address,omitempty"`
	Length  int    `json:"length,omitempty"`
	Area    int    `json:"area,omitempty"`
	Chip    int    `json:"chip,omitempty"`

	Name   string            `json:"name,omitempty"` // OpWork: which
	Fields map[string][]byte `json:"fields,omitempty"`
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

	// Of a piece of work: the call that ended it, what it told, and by name a field that
	// has another value than it must, that is missing, or whose text has no end.
	Call    int               `json:"call,omitempty"`
	Fields  map[string][]byte `json:"fields,omitempty"`
	Differs string            `json:"differs,omitempty"`
	Missing string            `json:"missing,omitempty"`
	Endless string            `json:"endless,omitempty"`
}

// AppendFrame adds v, a Request or Response, as a frame.
func AppendFrame(b []byte, v any) ([]byte, error) { return child.Append(b, v, MaxFrame) }

// CutFrame takes one frame off b into v. ok is false while it is not complete.
func CutFrame(b []byte, v any) (rest []byte, ok bool, err error) { return child.Cut(b, v, MaxFrame) }
