package memstore

import (
	"reflect"
	"slices"
)

// Snapshot is a backend with the rows as they are now: a backup that a test can
// restore. What either of them writes later the other does not see.
func (m *Backend) Snapshot() *Backend {
	m.mu.Lock()
	defer m.mu.Unlock()

	b := m.b
	b.undo = nil
	for v, i := reflect.ValueOf(&b).Elem(), 0; i < v.NumField(); i++ {
		copyOf(reflect.NewAt(v.Field(i).Type(), v.Field(i).Addr().UnsafePointer()).Elem())
	}

	return &Backend{b: b}
}

// copyOf replaces a map or list of rows by a copy, and the lists in a map too: rows
// themselves are values.
func copyOf(v reflect.Value) {
	switch v.Kind() {
	case reflect.Slice:
		if !v.IsNil() {
			v.Set(reflect.AppendSlice(reflect.MakeSlice(v.Type(), 0, v.Len()), v))
		}
	case reflect.Map:
		fresh := reflect.MakeMapWithSize(v.Type(), v.Len())
		for _, k := range v.MapKeys() {
			row := reflect.New(v.Type().Elem()).Elem()
			row.Set(v.MapIndex(k))
			if slices.Contains([]reflect.Kind{reflect.Slice, reflect.Map}, row.Kind()) {
				copyOf(row)
			}
			fresh.SetMapIndex(k, row)
		}
		v.Set(fresh)
	}
}
