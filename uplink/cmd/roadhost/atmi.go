package main

import (
	"bytes"
	"errors"
	"fmt"
	"unsafe"

	"github.com/ebitengine/purego"

	"wattkiosk/payments/tuxedo"
)

// Flags of tpcall: outside of any transaction, and on after a signal.
const (
	tpSigRestart = 0x2
	tpNoTran     = 0x8
	callFlags    = tpSigRestart | tpNoTran
)

const fldString = 5 // FLD_STRING and BFLD_STRING

// atmi is a client of a domain.
type atmi struct {
	f      map[string]uintptr // by the names of the setup
	buffer tuxedo.Buffer
	fields map[string]uint32 // FLDID32 by name
	most   int               // occurrences of a field in a reply
}

// openATMI loads the libraries, finds every function and every field, and joins the
// domain, so that what is missing shows at the start and not in front of a customer.
func openATMI(s tuxedo.Setup) (*atmi, error) {
	lib, err := load(s.Libraries)
	if err != nil {
		return nil, err
	}
	a := &atmi{f: map[string]uintptr{}, buffer: s.Buffer, fields: map[string]uint32{}, most: min(s.Occurrences, tuxedo.MaxOccurrences)}
	for name, called := range s.Functions {
		if a.f[name], err = lib.function(called); err != nil {
			return nil, err
		}
	}

	if a.invoke(tuxedo.FuncInit, 0) < 0 {
		return nil, fmt.Errorf("tpinit: %w", a.errno())
	}
	for _, name := range s.Fields {
		var m memory
		id := uint32(a.invoke(tuxedo.FuncFieldID, m.text(name)))
		m.release()
		if id == 0 {
			a.close()
			return nil, fmt.Errorf("the field tables have no field %s", name)
		}
		a.fields[name] = id
	}
	return a, nil
}

func (a *atmi) close() { a.invoke(tuxedo.FuncTerm) }

// invoke calls a function that returns an int.
func (a *atmi) invoke(name string, args ...uintptr) int {
	r, _, _ := purego.SyscallN(a.f[name], args...) // errors are in tperrno
	return int(int32(r))
}

// errno is tperrno, to be asked at once after what failed.
func (a *atmi) errno() tuxedo.Errno {
	r, _, _ := purego.SyscallN(a.f[tuxedo.FuncErrno])
	if r == 0 {
		return -1
	}
	return tuxedo.Errno(*(*int32)(at(r)))
}

func (a *atmi) urcode() int {
	r, _, _ := purego.SyscallN(a.f[tuxedo.FuncURCode])
	if r == 0 {
		return 0
	}
	return *(*int)(at(r)) // a C long is as wide as an int
}

// typed is a typed buffer's cell and length, which tpcall may both change.
type typed struct {
	address uintptr
	length  int
}

func (a *atmi) alloc(size int) (*typed, error) {
	var m memory
	defer m.release()
	r, _, _ := purego.SyscallN(a.f[tuxedo.FuncAlloc], m.text(string(a.buffer)), 0, uintptr(size))
	if r == 0 {
		return nil, fmt.Errorf("tpalloc of %d bytes: %w", size, a.errno())
	}
	return &typed{address: r}, nil
}

func (a *atmi) free(b *typed) { _, _, _ = purego.SyscallN(a.f[tuxedo.FuncFree], b.address) }

// call makes one tpcall.
func (a *atmi) call(c tuxedo.Call) (answer tuxedo.Answer) {
	in, err := a.request(c)
	if err != nil {
		return tuxedo.Answer{NotCalled: err.Error()}
	}
	defer a.free(in)
	out, err := a.alloc(a.room(0))
	if err != nil {
		return tuxedo.Answer{NotCalled: err.Error()}
	}

	var m memory
	defer m.release()
	m.pin.Pin(out) // the library writes both of its cells
	r := a.invoke(tuxedo.FuncCall, m.text(c.Service), in.address, uintptr(in.length),
		uintptr(unsafe.Pointer(&out.address)), uintptr(unsafe.Pointer(&out.length)), callFlags)
	if r < 0 {
		answer.Errno = int(a.errno())
	}
	answer.URCode = a.urcode()
	if r < 0 && answer.Errno == 0 {
		answer.Errno = -1 // it failed, and does not say how
	}

	const svcFail = 11
	if answer.Errno == 0 || answer.Errno == svcFail {
		if err := a.reply(out, c, &answer); err != nil {
			answer.Unusable = err.Error()
			return answer // without freeing what is no buffer: this process is not used again
		}
	}
	a.free(out)
	return answer
}

// room is the size to allocate for n bytes of a STRING or CARRAY.
func (a *atmi) room(n int) int {
	switch {
	case a.buffer == tuxedo.FML32:
		return tuxedo.FMLRoom
	case n == 0:
		return tuxedo.MaxReply
	}
	return n + 1
}

func (a *atmi) request(c tuxedo.Call) (*typed, error) {
	b, err := a.alloc(a.room(len(c.Data)))
	if err != nil {
		return nil, err
	}
	if a.buffer != tuxedo.FML32 {
		room := unsafe.Slice((*byte)(at(b.address)), len(c.Data)+1)
		room[copy(room, c.Data)] = 0
		b.length = len(c.Data)
		return b, nil
	}

	for _, f := range c.Fields {
		var m memory
		r := a.invoke(tuxedo.FuncAdd, b.address, uintptr(a.fields[f.Name]), m.text(string(f.Value)), uintptr(len(f.Value)), fldString)
		m.release()
		if r < 0 {
			a.free(b)
			return nil, fmt.Errorf("cannot put field %s into the buffer", f.Name)
		}
	}
	return b, nil
}

// reply reads what came back. The library may have put another buffer into the cell.
func (a *atmi) reply(b *typed, c tuxedo.Call, into *tuxedo.Answer) error {
	if b.address == 0 || b.length == 0 {
		return errors.New("no data")
	}
	if b.length < 0 || b.length > 2*tuxedo.FMLRoom {
		return fmt.Errorf("%d bytes", b.length)
	}
	var m memory
	defer m.release()
	kind, sub := make([]byte, 32), make([]byte, 32) // of 8 and 16 characters without an end; room for a longer one
	size := a.invoke(tuxedo.FuncTypes, b.address, m.of(kind), m.of(sub))
	if size < 0 {
		return errors.New("no typed buffer")
	}
	if got := string(bytes.TrimRight(kind[:8], "\x00 ")); got != string(a.buffer) {
		return fmt.Errorf("a buffer of type %q", got)
	}

	if a.buffer == tuxedo.FML32 {
		return a.getAll(b, c.Want, into)
	}
	n := min(b.length, size)
	if n > tuxedo.MaxReply {
		return fmt.Errorf("%d bytes, at most %d", n, tuxedo.MaxReply)
	}
	into.Data = copyOf(b.address, n)
	if end := bytes.IndexByte(into.Data, 0); a.buffer == tuxedo.String && end >= 0 {
		into.Data = into.Data[:end]
	}
	return nil
}

func (a *atmi) getAll(b *typed, want []string, into *tuxedo.Answer) error {
	for _, name := range want {
		id := uintptr(a.fields[name])
		n := a.invoke(tuxedo.FuncOccurrences, b.address, id)
		if n < 0 || n > a.most {
			return fmt.Errorf("field %s: %d occurrences", name, n)
		}
		for i := range n {
			var m memory
			value := make([]byte, tuxedo.MaxValue+1)
			_, length := m.int32(tuxedo.MaxValue) // a FLDLEN32; one byte stays for the end
			r := a.invoke(tuxedo.FuncGet, b.address, id, uintptr(i), m.of(value), length, fldString)
			m.release()
			end := bytes.IndexByte(value, 0)
			if r < 0 || end < 0 {
				return fmt.Errorf("cannot read field %s, occurrence %d", name, i)
			}
			into.Fields = append(into.Fields, tuxedo.Field{Name: name, Occurrence: i, Value: value[:end]})
		}
	}
	return nil
}
