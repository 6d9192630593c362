package main

import (
	"bytes"
	"fmt"
	"runtime"
	"unsafe"

	"github.com/ebitengine/purego"
)

// library finds functions in what was loaded, the last library first.
type library struct{ handles []uintptr }

// load opens the libraries in their order. Their symbols are global: a client library is
// often several that need each other.
func load(paths []string) (*library, error) {
	l := &library{}
	for _, path := range paths {
		h, err := purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_GLOBAL)
		if err != nil {
			return nil, fmt.Errorf("cannot load library: %w", err)
		}
		l.handles = append([]uintptr{h}, l.handles...)
	}

	return l, nil
}

func (l *library) function(name string) (uintptr, error) {
	var err error
	for _, h := range l.handles {
		var at uintptr
		if at, err = purego.Dlsym(h, name); err == nil {
			return at, nil
		}
	}

	return 0, fmt.Errorf("function %s: %w", name, err)
}

// at is C's memory at an address. It is never Go's, so nothing moves it.
func at(address uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&address)) }

// memory is Go's memory that C may read and write until it is released: what is pinned is
// on the heap, where it stays. The zero value is ready.
type memory struct{ pin runtime.Pinner }

// of is where b begins; b is not empty.
func (m *memory) of(b []byte) uintptr {
	first := unsafe.SliceData(b)
	m.pin.Pin(first)
	return uintptr(unsafe.Pointer(first))
}

// text is s as a C string.
func (m *memory) text(s string) uintptr { return m.of(append([]byte(s), 0)) }

// int32 is a C int with a value, and where it is.
func (m *memory) int32(value int32) (p *int32, address uintptr) {
	p = new(value)
	m.pin.Pin(p)
	return p, uintptr(unsafe.Pointer(p))
}

func (m *memory) release() { m.pin.Unpin() }

// copyOf copies n bytes of C's memory.
func copyOf(address uintptr, n int) []byte {
	return bytes.Clone(unsafe.Slice((*byte)(at(address)), n))
}
