package dialect_test

import (
	"testing"

	"wattkiosk/payments/mis/socket"
	"wattkiosk/payments/mis/socket/dialect"
)

func TestEveryDialectIsWhole(t *testing.T) {
	for _, name := range dialect.Names() {
		d, err := dialect.Named(name)
		if err != nil || d.Name != name {
			t.Errorf("%s: %q, %v", name, d.Name, err)
		}
		if _, err := socket.NewCodec(d, socket.Unit{}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if d, err := dialect.Named(""); err != nil || d.Name != "example" {
		t.Errorf("no name: %q, %v", d.Name, err)
	}
	if _, err := dialect.Named("south"); err == nil {
		t.Error("a dialect that nobody wrote")
	}
}
