package dialect_test

import (
	"bytes"
	"testing"

	"wattkiosk/payments/cardsystem/socket/dialect"
)

func TestEveryDialectIsWhole(t *testing.T) {
	for _, name := range dialect.Names() {
		d, err := dialect.Named(name, dialect.Setting{})
		if err != nil || d.Name() != name || d.Codes().Check() != nil {
			t.Errorf("%s: %v, %v", name, d, err)
		}
	}
	if d, err := dialect.Named("", dialect.Setting{}); err != nil || d.Name() != "s2" {
		t.Errorf("no name: %v, %v", d, err)
	}
	if _, err := dialect.Named("south", dialect.Setting{}); err == nil {
		t.Error("a dialect that nobody wrote")
	}
}

func TestKeyOfTheLine(t *testing.T) {
	key := dialect.Setting{Key: bytes.Repeat([]byte{1}, 32)}
	if _, err := dialect.Named("s2", key); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"hn", "s2-fields"} {
		if _, err := dialect.Named(name, key); err == nil {
			t.Errorf("%s has no key, and takes one", name)
		}
	}
	if _, err := dialect.Named("s2", dialect.Setting{Key: []byte{1}}); err == nil {
		t.Error("a key of one byte")
	}
}
