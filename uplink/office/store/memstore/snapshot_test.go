package memstore

import (
	"reflect"
	"testing"
)

// TestASnapshotHasEveryKindOfRow: a kind that is added later must be in a snapshot,
// and must be a copy.
func TestASnapshotHasEveryKindOfRow(t *testing.T) {
	b := NewBackend()
	from, to := reflect.ValueOf(b.b), reflect.ValueOf(b.Snapshot().b)
	for i := range from.NumField() {
		f := from.Type().Field(i)
		if f.Type.Kind() != reflect.Map {
			continue
		}
		if to.Field(i).IsNil() || to.Field(i).Pointer() == from.Field(i).Pointer() {
			t.Errorf("%s is not copied", f.Name)
		}
	}
}
