package child

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

const lengthSize = 4 // bytes before each frame

// ErrFrame is a frame that no program of ours sends. It comes without its cause, which
// could quote what is secret.
var ErrFrame = errors.New("frame between parent and child is damaged")

// Append adds v as a frame of at most most bytes of JSON.
func Append(b []byte, v any, most int) ([]byte, error) {
	j, err := json.Marshal(v)
	if err != nil {
		return b, fmt.Errorf("cannot encode frame: %w", err)
	}
	if len(j) > most {
		return b, fmt.Errorf("frame of %d bytes, at most %d", len(j), most)
	}

	return append(binary.LittleEndian.AppendUint32(b, uint32(len(j))), j...), nil
}

// Cut takes one frame off b into v. ok is false while it is not complete.
func Cut(b []byte, v any, most int) (rest []byte, ok bool, err error) {
	if len(b) < lengthSize {
		return b, false, nil
	}

	n := uint64(binary.LittleEndian.Uint32(b))
	if n > uint64(most) {
		return nil, false, ErrFrame
	}
	if uint64(len(b)-lengthSize) < n {
		return b, false, nil
	}

	rest = b[lengthSize+n:]
	if json.Unmarshal(b[lengthSize:lengthSize+n], v) != nil {
		return rest, false, ErrFrame
	}

	return rest, true, nil
}

// ReadFrame reads one whole frame into v. It returns io.EOF where r ends before the first
// byte, and io.ErrUnexpectedEOF where it ends later.
func ReadFrame(r io.Reader, v any, most int) error {
	var size [lengthSize]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return err
	}

	n := uint64(binary.LittleEndian.Uint32(size[:]))
	if n > uint64(most) {
		return ErrFrame
	}

	b := make([]byte, n)
	if _, err := io.ReadFull(r, b); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return err
	}
	if json.Unmarshal(b, v) != nil {
		return ErrFrame
	}

	return nil
}

// WriteFrame writes v as one frame.
func WriteFrame(w io.Writer, v any, most int) error {
	b, err := Append(nil, v, most)
	if err != nil {
		return err
	}
	if _, err := w.Write(b); err != nil {
		return fmt.Errorf("cannot write frame: %w", err)
	}

	return nil
}
