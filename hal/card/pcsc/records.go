package pcsc

import "errors"

// Record is a kind of record between a port made by Open and the engine.
type Record byte

// The records. Data is followed by its length (2 bytes, high byte first) and so
// many bytes; the others stand alone.
const (
	Opened Record = 0x10 // port to engine: a new connection, version agreed
	Data   Record = 0x11 // both ways: bytes of the socket
	Closed Record = 0x12 // port to engine: the connection is gone; engine to port: hang up
)

// maxRecord is the most bytes of one Data record; maxRecords bounds what a
// Records holds.
const (
	maxRecord  = 4096
	maxRecords = 2 * maxRecord
)

// errRecord says that a stream is not made of records.
var errRecord = errors.New("not a record")

// AppendRecord appends the record of a kind, Data in as many records as needed.
func AppendRecord(dst []byte, kind Record, data []byte) []byte {
	if kind != Data {
		return append(dst, byte(kind))
	}
	for len(data) > 0 {
		n := min(len(data), maxRecord)
		dst = append(dst, byte(Data), byte(n>>8), byte(n))
		dst = append(dst, data[:n]...)
		data = data[n:]
	}
	return dst
}

// Records takes a stream of records apart. The zero value is ready.
type Records struct {
	buf []byte
}

// Feed takes as many bytes as fit and returns the rest. Call Next until it
// returns false or an error; after that at least one more byte fits.
func (r *Records) Feed(b []byte) (rest []byte) {
	n := min(len(b), maxRecords-len(r.buf))
	r.buf = append(r.buf, b[:n]...)
	return b[n:]
}

// Next returns the next whole record; false when more bytes are needed. An error
// means that the stream is out of step: everything held is thrown away.
func (r *Records) Next() (kind Record, data []byte, ok bool, err error) {
	if len(r.buf) == 0 {
		return 0, nil, false, nil
	}

	kind = Record(r.buf[0])
	used := 1
	switch kind {
	case Opened, Closed:
	case Data:
		if len(r.buf) < 3 {
			return 0, nil, false, nil
		}
		n := int(r.buf[1])<<8 | int(r.buf[2])
		if n == 0 || n > maxRecord {
			r.buf = nil
			return 0, nil, false, errRecord
		}
		if len(r.buf) < 3+n {
			return 0, nil, false, nil
		}
		used = 3 + n
		data = append([]byte(nil), r.buf[3:used]...)
	default:
		r.buf = nil
		return 0, nil, false, errRecord
	}

	r.buf = r.buf[:copy(r.buf, r.buf[used:])]
	return kind, data, true, nil
}
