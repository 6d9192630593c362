package main

import (
	"bytes"
	"runtime"
	"unsafe"

	"github.com/ebitengine/purego"

	"wattkiosk/hal/card/vendor"
)

// work does a piece of work: its calls in order, each under its own deadline, up to the
// first that fails.
func (l *library) work(w *writer, req vendor.Request) vendor.Response {
	r := vendor.Response{ID: req.ID, Fields: map[string][]byte{}}
	known := map[string][]byte{}
	for name, b := range req.Fields {
		known[name] = b
	}

	calls := l.works[req.Name]
	if len(calls) == 0 {
		return vendor.Response{ID: req.ID, Call: -1}
	}
	for i, f := range calls {
		r.Call = i
		stop := w.late(req.ID, f.call.Limit())
		done := f.piece(&r, known)
		stop()
		if !done {
			r.Fields = nil
			return r
		}
	}

	return r
}

// piece makes one call of a piece of work; false says in r why that is the last.
func (f function) piece(r *vendor.Response, known map[string][]byte) bool {
	b := &buffers{}
	told := make([]*[vendor.MaxField + 16]byte, len(f.args)) // room for a library that writes too much
	args := make([]uintptr, len(f.args))
	for i, a := range f.args {
		value, there := known[a.Text]
		if (a.Kind == vendor.ArgIn || a.Kind == vendor.ArgSame) && !there {
			r.Missing = a.Text
			return false
		}
		switch a.Kind {
		case vendor.ArgIn:
			args[i] = b.text(value)
		case vendor.ArgTold, vendor.ArgSame:
			told[i] = new([vendor.MaxField + 16]byte)
			args[i] = uintptr(unsafe.Pointer(&told[i][0]))
		default:
			args[i] = b.argument(a, vendor.Request{})
		}
	}

	code, _, _ := purego.SyscallN(f.address, args...) // errno is not part of any description
	runtime.KeepAlive(b)
	runtime.KeepAlive(told)
	if r.Code = int32(code); !f.call.Succeeded(r.Code) {
		return false
	}

	return f.take(r, known, told)
}

// take takes what a call told.
func (f function) take(r *vendor.Response, known map[string][]byte, told []*[vendor.MaxField + 16]byte) bool {
	all := 0
	for _, b := range r.Fields {
		all += len(b)
	}
	for i, a := range f.args {
		if told[i] == nil {
			continue
		}
		end := bytes.IndexByte(told[i][:vendor.MaxField], 0)
		if all += end; end < 0 || all > vendor.MaxFields {
			r.Endless = a.Text
			return false
		}
		text := told[i][:end]
		if a.Kind == vendor.ArgSame && !bytes.EqualFold(text, known[a.Text]) {
			r.Differs = a.Text
			return false
		}
		known[a.Text] = text
		r.Fields[a.Text] = text
	}

	return true
}
