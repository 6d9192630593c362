package fixedfield

// Reader cuts frames out of bytes that arrive in pieces. It holds at most what
// was fed and not yet taken. After an error it stays failed: the stream has lost
// its place. One goroutine at a time.
type Reader struct {
	Frame Frame
	buf   []byte
	err   error
}

// Feed adds bytes; it keeps a copy.
func (r *Reader) Feed(p []byte) {
	if r.err == nil {
		r.buf = append(r.buf, p...)
	}
}

// Next returns the next whole frame, or ok false if more bytes are needed.
func (r *Reader) Next() (frame []byte, ok bool, err error) {
	if r.err != nil {
		return nil, false, r.err
	}
	if len(r.buf) < r.Frame.Digits {
		return nil, false, nil
	}
	size, err := r.Frame.size(r.buf)
	if err != nil {
		r.err, r.buf = err, nil
		return nil, false, err
	}
	if len(r.buf) < size {
		return nil, false, nil
	}

	frame = append([]byte(nil), r.buf[:size]...)
	r.buf = append(r.buf[:0], r.buf[size:]...)
	return frame, true, nil
}
