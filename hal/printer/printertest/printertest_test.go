package printertest_test

import (
	"testing"

	"wattkiosk/hal/printer/printertest"
)

func TestFakeConforms(t *testing.T) {
	printertest.Suite(t, func(*testing.T) printertest.Bench {
		f := printertest.NewFake()
		return printertest.Bench{Engine: f, Device: f, Restart: f.Restart}
	})
}

func TestPlain(t *testing.T) {
	got := printertest.Plain("  缴费凭证\n----------\n\n流水号      42\n")
	if want := "缴费凭证\n-\n流水号 42"; got != want {
		t.Errorf("Plain = %q, want %q", got, want)
	}
}
