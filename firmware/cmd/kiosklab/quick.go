package main

import (
	"time"

	"wattkiosk/hal/bench"
	"wattkiosk/hal/bill/billsim"
	"wattkiosk/hal/printer/escpos/escpossim"
)

// quickDevices do in tenths of a second what takes seconds. What the drivers must
// see lasts longer than their poll interval of 100 ms.
func quickDevices(cfg bench.Config) bench.Config {
	const ms = time.Millisecond
	cfg.Validator = billsim.Config{
		ReplyDelay: ms, BootTime: 100 * ms, InitTime: 200 * ms, AcceptTime: 150 * ms, RejectTime: 400 * ms,
		LeverTime: 120 * ms, StackTime: 200 * ms, ReturnTime: 200 * ms,
	}
	cfg.Times = bench.ReaderTimes{Entry: 150 * ms, Move: 150 * ms, Chip: 5 * ms, Boot: 200 * ms}
	cfg.Printer = escpossim.Config{MMPerSecond: 2000, CutTime: 50 * ms, Boot: 200 * ms}
	return cfg
}
