package main

import (
	"bytes"
	"fmt"
	"runtime"
	"unsafe"

	"github.com/ebitengine/purego"

	"wattkiosk/hal/card/vendor"
)

// library is a loaded library with the functions of its description.
type library struct {
	functions map[string]function
	works     map[string][]function
}

// function is one C function with its arguments.
type function struct {
	address uintptr
	args    []vendor.Arg
	length  bool // what it returns is the length of out
	call    vendor.Call
}

// load opens the library and finds every function, so that a missing one shows
// at the start and not in front of a customer.
func load(a vendor.ABI) (*library, error) {
	handle, err := purego.Dlopen(a.Library, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return nil, fmt.Errorf("cannot load library: %w", err)
	}

	l := &library{functions: map[string]function{}, works: map[string][]function{}}
	for op, c := range a.Op {
		if l.functions[op], err = find(handle, c); err != nil {
			return nil, fmt.Errorf("op.%s: %w", op, err)
		}
	}
	for name, calls := range a.Work {
		for _, c := range calls {
			f, err := find(handle, c)
			if err != nil {
				return nil, fmt.Errorf("work.%s: %w", name, err)
			}
			l.works[name] = append(l.works[name], f)
		}
	}

	return l, nil
}

// find is the function of one call.
func find(handle uintptr, c vendor.Call) (function, error) {
	address, err := purego.Dlsym(handle, c.Function)
	if err != nil {
		return function{}, fmt.Errorf("function %s: %w", c.Function, err)
	}
	f := function{address: address, length: c.Returns == "length", call: c}
	for _, s := range c.Args {
		arg, err := vendor.ParseArg(s)
		if err != nil {
			return function{}, err
		}
		f.args = append(f.args, arg)
	}

	return f, nil
}

// buffers are what a call may write. They are on the heap, where nothing moves,
// and have room past the end for a library that writes one byte too many.
type buffers struct {
	data   []byte
	out    [vendor.MaxData + 16]byte
	outLen int32
	value  int32
	tracks [3][vendor.MaxTrack + 16]byte
	texts  [][]byte
}

// call makes one call. The deadline is the caller's matter.
func (l *library) call(req vendor.Request) vendor.Response {
	f, ok := l.functions[req.Op]
	if !ok {
		return vendor.Response{ID: req.ID, Code: -1}
	}
	b := &buffers{data: append(req.Data, 0), outLen: vendor.MaxData}
	args := make([]uintptr, len(f.args))
	for i, a := range f.args {
		args[i] = b.argument(a, req)
	}
	r, _, _ := purego.SyscallN(f.address, args...) // errno is not part of any description
	runtime.KeepAlive(b)
	return b.response(req, f, int32(r))
}

func (b *buffers) argument(a vendor.Arg, req vendor.Request) uintptr {
	switch a.Kind {
	case vendor.ArgData:
		return uintptr(unsafe.Pointer(&b.data[0]))
	case vendor.ArgDataLen:
		return uintptr(len(req.Data))
	case vendor.ArgAddress:
		return uintptr(req.Address)
	case vendor.ArgLength:
		return uintptr(req.Length)
	case vendor.ArgArea:
		return uintptr(req.Area)
	case vendor.ArgChip:
		return uintptr(req.Chip)
	case vendor.ArgOut:
		return uintptr(unsafe.Pointer(&b.out[0]))
	case vendor.ArgOutCap:
		return vendor.MaxData
	case vendor.ArgOutLen:
		return uintptr(unsafe.Pointer(&b.outLen))
	case vendor.ArgValue:
		return uintptr(unsafe.Pointer(&b.value))
	case vendor.ArgTrack:
		return uintptr(unsafe.Pointer(&b.tracks[a.Number][0]))
	case vendor.ArgText:
		return b.text([]byte(a.Text))
	}

	return uintptr(uint32(a.Number))
}

// text is a copy of one with its NUL.
func (b *buffers) text(s []byte) uintptr {
	text := append(bytes.Clone(s), 0)
	b.texts = append(b.texts, text)
	return uintptr(unsafe.Pointer(&text[0]))
}

func (b *buffers) response(req vendor.Request, f function, code int32) vendor.Response {
	r := vendor.Response{ID: req.ID, Code: code, Value: b.value}
	n := int(b.outLen)
	if f.length {
		n = int(code)
	}
	if f.has(vendor.ArgOut) && n > 0 && (f.length || f.has(vendor.ArgOutLen)) {
		r.Data = bytes.Clone(b.out[:min(n, vendor.MaxData)])
	}
	if code < 0 {
		r.Data = nil
	}

	for i := range b.tracks {
		t := b.tracks[i][:vendor.MaxTrack]
		if end := bytes.IndexByte(t, 0); end > 0 {
			r.Tracks[i] = bytes.Clone(t[:end])
		}
	}
	return r
}

func (f function) has(k vendor.ArgKind) bool {
	for _, a := range f.args {
		if a.Kind == k {
			return true
		}
	}
	return false
}
