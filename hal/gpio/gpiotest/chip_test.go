package gpiotest_test

import (
	"testing"

	"wattkiosk/hal/gpio/gpiotest"
)

func TestChipConforms(t *testing.T) {
	gpiotest.Run(t, func(*testing.T) gpiotest.Bench {
		c := &gpiotest.Chip{Board: "fake"}
		return gpiotest.Bench{Source: c, Set: c.Set, Level: c.Level, Break: func(n string) { c.Fault(n, true) }}
	})
}
