package sqlite_test

import (
	"path/filepath"
	"slices"
	"testing"
)

// TestMigrationsAreNumberedOnce: each migration has a number of its own, and PostgreSQL has
// the same ones.
func TestMigrationsAreNumberedOnce(t *testing.T) {
	names := func(pattern string) (out []string) {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(files), err)
		}
		for _, f := range files {
			out = append(out, filepath.Base(f))
		}
		return out
	}

	ours, others := names("migrations/*.sql"), names("../postgres/migrations/*.sql")
	if !slices.Equal(ours, others) {
		t.Errorf("SQLite has %v, PostgreSQL %v", ours, others)
	}
	for i := 1; i < len(ours); i++ {
		if ours[i][:4] == ours[i-1][:4] {
			t.Errorf("%s and %s have one number", ours[i-1], ours[i])
		}
	}
}
