package memstore

import (
	"reflect"
	"sync"
	"time"
)

// asStored is a row as a database gives it back: its times have whole milliseconds, and not the
// even clock of the process that wrote them. A rule that holds only by that clock would not
// hold by the books.
func asStored[V any](row V) V {
	paths := timesOf(reflect.TypeFor[V]())
	if len(paths) == 0 {
		return row
	}
	v := reflect.ValueOf(&row).Elem()
	for _, p := range paths {
		t := v.FieldByIndex(p).Addr().Interface().(*time.Time)
		*t = t.Truncate(time.Millisecond)
	}

	return row
}

// known has where the times are in a row of each type, as [][]int.
var known sync.Map

func timesOf(row reflect.Type) [][]int {
	if paths, ok := known.Load(row); ok {
		return paths.([][]int)
	}
	paths := timesIn(row)
	known.Store(row, paths)

	return paths
}

// timesIn are the paths to the times of a struct and of those in it.
func timesIn(t reflect.Type) (paths [][]int) {
	if t.Kind() != reflect.Struct {
		return nil
	}
	for i := range t.NumField() {
		f := t.Field(i)
		switch {
		case f.PkgPath != "": // not ours to set
		case f.Type == reflect.TypeFor[time.Time]():
			paths = append(paths, []int{i})
		default:
			for _, p := range timesIn(f.Type) {
				paths = append(paths, append([]int{i}, p...))
			}
		}
	}

	return paths
}
